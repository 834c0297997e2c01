/** What the path of a request names. */
import type { StorageRequest } from '../../contracts.ts'
import { generalErrors, invalidQuery } from '../../protocol/general-errors.ts'
import { parseIsoTicks } from '../../protocol/timestamps.ts'
import { checkBlobName } from '../model/names.ts'
import type { ContainerAddress } from '../store/containers.ts'
import type { BlobAddress } from '../store/context.ts'

export interface NamedPath {
  /** '' for the account. */
  readonly container: string
  /** '' for the container. */
  readonly blob: string
}

/** Decoded once; `\` becomes `/`. @throws StorageError InvalidUri */
export function parsePath(path: string): NamedPath {
  const slash = path.indexOf('/', 1)
  if (slash < 0) return { container: decoded(path.slice(1)), blob: '' }
  return {
    container: decoded(path.slice(1, slash)),
    blob: decoded(path.slice(slash + 1)).replaceAll('\\', '/'),
  }
}

function decoded(text: string): string {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    throw generalErrors.InvalidUri()
  }
}

/** What stands at the top of an account without a container's name is in this one. */
const rootContainer = '$root'

/** The container that a path is about: a name alone is a blob at the top unless `restype` says otherwise. */
export function containerIn(path: string, restype: string | undefined): string {
  const { container, blob } = parsePath(path)
  return blob === '' && container !== '' && !restype ? rootContainer : container
}

/** The blob that a request names, with its snapshot or version. @throws StorageError InvalidUri, OutOfRangeInput … */
export function blobAddress(request: Pick<StorageRequest, 'account' | 'path' | 'query'>): BlobAddress {
  const { container, blob } = parsePath(request.path)
  const account = request.account.name
  const name = blob === '' ? container : blob
  checkBlobName(name)
  const snapshot = ticksIn(request, 'snapshot')
  const version = ticksIn(request, 'versionid')
  return {
    account,
    container: blob === '' ? rootContainer : container,
    name,
    ...(snapshot !== undefined && { snapshot }),
    ...(version !== undefined && { version }),
  }
}

export function containerAddress(request: Pick<StorageRequest, 'account' | 'path'>): ContainerAddress {
  return { account: request.account.name, container: parsePath(request.path).container }
}

/** A tick in a query parameter; one that is none of ours names nothing that there is. */
export function ticksIn(request: Pick<StorageRequest, 'query'>, name: string): number | undefined {
  const text = request.query(name)
  if (text === undefined || text === '') return undefined
  const ticks = parseIsoTicks(text)
  if (ticks === undefined) throw invalidQuery(name, text)
  return ticks
}
