/** Changes as requests and parts of batches state them. */
import { generalErrors, missingHeader } from '../../protocol/general-errors.ts'
import { type EntityKey, readKey } from '../edm/keys.ts'
import { parseEntity } from '../edm/parse-json.ts'
import { tableErrors } from '../errors.ts'
import { readIfMatch } from '../etag.ts'
import type { EntityChange } from '../store/changes.ts'

export type ChangeKind = EntityChange['kind']

/** What a verb does to the entity that its path names; undefined = nothing. */
export function changeOfVerb(method: string): 'replace' | 'merge' | 'delete' | undefined {
  switch (method) {
    case 'PUT':
      return 'replace'
    case 'MERGE':
    case 'PATCH':
      return 'merge'
    case 'DELETE':
      return 'delete'
    default:
      return undefined
  }
}

/** @param text the body. @throws StorageError */
export function insertion(text: string): EntityChange & { readonly kind: 'insert' } {
  const { partitionKey, rowKey, properties } = parseEntity(text)
  return { kind: 'insert', partitionKey: readKey(partitionKey), rowKey: readKey(rowKey), properties }
}

/**
 * A change of the entity that the path names; keys in the body do not count.
 * @param ifMatch the header
 * @throws StorageError
 */
export function changeOf(
  kind: 'replace' | 'merge' | 'delete',
  key: EntityKey,
  ifMatch: string | undefined,
  text: string,
): EntityChange {
  const partitionKey = readKey(key.partitionKey)
  const rowKey = readKey(key.rowKey)
  if (kind === 'delete') {
    if (ifMatch === undefined) throw missingHeader('If-Match')
    return { kind, partitionKey, rowKey, ifMatch: conditionOf(ifMatch) }
  }
  if (kind === 'replace' && text === '') throw generalErrors.InvalidInput()
  const { properties } = parseEntity(text)
  return {
    kind,
    partitionKey,
    rowKey,
    properties,
    ifMatch: ifMatch === undefined ? undefined : conditionOf(ifMatch),
  }
}

function conditionOf(ifMatch: string): string {
  if (ifMatch === '') throw tableErrors.UpdateConditionNotSatisfied()
  return readIfMatch(ifMatch)
}
