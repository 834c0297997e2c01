import type { StorageRequest } from '../../contracts.ts'
import { tableErrors } from '../errors.ts'
import { maxBodyBytes } from '../limits.ts'

/** The body's text. @throws StorageError RequestBodyTooLarge, AtomFormatNotSupported */
export async function readText(request: Pick<StorageRequest, 'bytes' | 'header'>): Promise<string> {
  const type = request.header('content-type')
  if (type?.startsWith('application/atom')) throw tableErrors.AtomFormatNotSupported()
  return (await request.bytes(maxBodyBytes)).toString()
}
