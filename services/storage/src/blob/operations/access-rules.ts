/** What operations need (REST reference, "Delegate access with a shared access signature"). */
import type { Access, StorageRequest, StorageResponse } from '../../contracts.ts'
import { parsePath } from '../wire/paths.ts'

export type Run = (request: StorageRequest) => Promise<StorageResponse>

const anyLetter = 'rwdxylacuptfi'

export const readBlob: Access = { resource: 'o', account: 'r', service: 'r', anonymous: 'blob' }
export const makeBlob: Access = { resource: 'o', account: 'cw', service: 'cw' }
export const writeBlob: Access = { resource: 'o', account: 'w', service: 'w' }
export const appendBlob: Access = { resource: 'o', account: 'aw', service: 'aw' }
export const breakBlobLease: Access = { resource: 'o', account: 'dw', service: 'dw' }
export const tagBlob: Access = { resource: 'o', account: 't', service: 't' }
export const protectBlob: Access = { resource: 'o', account: 'i', service: 'i' }

export const readContainer: Access = { resource: 'c', account: 'r', anonymous: 'container' }
export const makeContainer: Access = { resource: 'c', account: 'cw' }
export const writeContainer: Access = { resource: 'c', account: 'w' }
export const breakContainerLease: Access = { resource: 'c', account: 'dw' }
export const deleteContainer: Access = { resource: 'c', account: 'd' }
/** Never through a signature. */
export const controlContainer: Access = { resource: 'c' }
export const listContainer: Access = { resource: 'c', account: 'l', service: 'l', anonymous: 'container' }
export const listAccount: Access = { resource: 's', account: 'l' }
export const findInContainer: Access = { resource: 'c', account: 'f', service: 'f' }
export const findInAccount: Access = { resource: 'o', account: 'f' }

/** Each part of a batch is checked by itself: whatever a signature allows is enough for the whole. */
export function batchAccess({ identity }: Pick<StorageRequest, 'identity'>): Access {
  const granted = identity.kind === 'sas' ? identity.sas.parameters.srt : undefined
  const resource = granted?.includes('s') ? 's' : granted?.includes('c') ? 'c' : 'o'
  return { resource, account: anyLetter, service: anyLetter }
}

export function accountInfoAccess(request: Pick<StorageRequest, 'path'>): Access {
  const { container, blob } = parsePath(request.path)
  const resource = container === '' ? 's' : blob === '' ? 'c' : 'o'
  return { resource, account: anyLetter, service: anyLetter, anonymous: 'blob' }
}

export function deleteAccess(request: Pick<StorageRequest, 'query'>): Access {
  const letters = request.query('deletetype') ? 'y' : request.query('versionid') ? 'x' : 'd'
  return { resource: 'o', account: letters, service: letters }
}
