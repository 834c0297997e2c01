/**
 * Where the next page begins, in headers and query parameters: `1!<length>!<base64>` with `-` for `=`, as Azure has
 * it. Opaque, and ASCII whatever the keys are.
 */
import type { StorageRequest } from '../../contracts.ts'
import { generalErrors } from '../../protocol/general-errors.ts'
import type { EntityKey } from '../edm/keys.ts'

const form = /^1!(\d+)!([A-Za-z0-9+/]*-{0,2})$/

export function encodeToken(text: string): string {
  const base64 = Buffer.from(text).toString('base64').replaceAll('=', '-')
  return `1!${base64.length}!${base64}`
}

/** Text in another form than ours is taken as it is. @throws StorageError InvalidInput */
export function decodeToken(token: string): string {
  const match = form.exec(token)
  if (!match) return token
  if (Number(match[1]) !== match[2]!.length) throw generalErrors.InvalidInput()
  return Buffer.from(match[2]!.replaceAll('-', '='), 'base64').toString()
}

export function continuationHeaders(next: EntityKey | undefined): Readonly<Record<string, string>> {
  if (!next) return {}
  return {
    'x-ms-continuation-NextPartitionKey': encodeToken(next.partitionKey),
    'x-ms-continuation-NextRowKey': encodeToken(next.rowKey),
  }
}

/** Undefined = from the beginning. */
export function continuationOf(request: Pick<StorageRequest, 'query'>): EntityKey | undefined {
  const partitionKey = request.query('NextPartitionKey')
  if (partitionKey === undefined) return undefined
  return { partitionKey: decodeToken(partitionKey), rowKey: decodeToken(request.query('NextRowKey') ?? '') }
}
