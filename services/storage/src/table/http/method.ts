import type { StorageRequest } from '../../contracts.ts'
import { tableErrors } from '../errors.ts'

/** The verb, or what `X-HTTP-Method` of a POST says instead. @throws StorageError XMethodNotUsingPost, XMethodIncorrectValue */
export function methodOf(request: Pick<StorageRequest, 'method' | 'header'>): string {
  const { method } = request
  const tunnelled = request.header('x-http-method')
  if (!tunnelled) return method
  if (method !== 'POST') throw tableErrors.XMethodNotUsingPost()
  const verb = tunnelled.toUpperCase()
  if (verb !== 'MERGE' && verb !== 'PUT' && verb !== 'DELETE' && verb !== 'PATCH')
    throw tableErrors.XMethodIncorrectValue()
  return verb
}
