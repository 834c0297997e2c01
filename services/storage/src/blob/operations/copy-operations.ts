/** Copy Blob, Copy Blob From URL, Abort Copy Blob, Incremental Copy Blob. */
import { followsAzurite } from '../../accounts/azurite-leniency.ts'
import type { StorageRequest, StorageResponse } from '../../contracts.ts'
import { readConditions } from '../../protocol/conditions.ts'
import { invalidHeader, missingQuery } from '../../protocol/general-errors.ts'
import { StorageError } from '../../protocol/storage-error.ts'
import { blobErrors, cannotVerifySource, tooLargeToCopy } from '../errors.ts'
import { maxSyncCopyBytes } from '../limits.ts'
import { detailOf, type Item } from '../model/item.ts'
import { discardArrived, intoEngine } from '../store/content.ts'
import type { BlobAddress, BlobContext } from '../store/context.ts'
import { type CopyOptions, copyWithin } from '../store/copy-blob.ts'
import { copyIncrementally } from '../store/incremental-copy.ts'
import { abortCopy, beginCopy, putCopied } from '../store/remote-copy.ts'
import { blobAt, mayRead, openSource, signedSource, sourceUrlIn, verifySource } from '../wire/copy-source.ts'
import { sourceEncryptionIn } from '../wire/encryption-headers.ts'
import { blobAddress } from '../wire/paths.ts'
import { protectionIn } from '../wire/protection-headers.ts'
import {
  integrityIn,
  metadataIn,
  tagFilterIn,
  tagsIn,
  tierIn,
  writeOptions,
} from '../wire/request-options.ts'
import { writtenHeaders } from '../wire/response-headers.ts'
import type { CopyJobs } from './copy-jobs.ts'

/** Answers at once; content from elsewhere follows. */
export async function copyBlob(
  context: BlobContext,
  jobs: CopyJobs,
  request: StorageRequest,
): Promise<StorageResponse> {
  const destination = blobAddress(request)
  const url = sourceUrlIn(request)
  const options = copyOptionsIn(request, 'CopyBlob')
  const source = await localSource(request, url)
  if (source) return copied(request, await copyWithin(context, source, destination, options))
  const item = await beginCopy(context, destination, await verifySource(request, url), options)
  const authorization = request.header('x-ms-copy-source-authorization')
  jobs.start(
    { id: detailOf(item).copy?.id ?? '', container: item.container, name: item.name, source: url.href },
    authorization,
  )
  return copied(request, item)
}

/** Answers when all is there. */
export async function copyBlobFromUrl(
  context: BlobContext,
  request: StorageRequest,
): Promise<StorageResponse> {
  const destination = blobAddress(request)
  const url = sourceUrlIn(request)
  const options = copyOptionsIn(request, 'CopyBlob')
  const integrity = integrityIn(request, 'x-ms-source-content-md5')
  const source = await localSource(request, url)
  if (source && !integrity) {
    const item = await copyWithin(context, source, destination, { ...options, maxBytes: maxSyncCopyBytes })
    return copied(request, item)
  }
  const { remote, content } = await openSource(context, request, 'copy', undefined)
  const arrived = await intoEngine(context.engine, content, maxSyncCopyBytes).catch((error: unknown) => {
    throw error instanceof StorageError && error.status === 413 ? tooLargeToCopy() : error
  })
  try {
    const item = await putCopied(context, destination, remote, arrived, options)
    const { headers, ...answer } = copied(request, item)
    return {
      ...answer,
      headers: { ...headers, 'Content-MD5': arrived.md5, 'x-ms-content-crc64': arrived.crc64() },
    }
  } catch (error) {
    await discardArrived(context.engine, arrived)
    throw error
  }
}

/**
 * The source, when it is of this store and may be read: by the caller's own right, or as a request to its URL shows.
 * @throws StorageError CannotVerifyCopySource, SourceConditionNotMet
 */
async function localSource(request: StorageRequest, url: URL): Promise<BlobAddress | undefined> {
  const source = blobAt(url, request)
  if (!source) return undefined
  if (mayRead(url, source, request)) return source
  const signed = signedSource(url, source, request)
  await verifySource(request, signed).catch((error: unknown) => {
    if (!followsAzurite(request.account) || !isSignedAs(signed, request) || !isLackOfPermission(error))
      throw error
  })
  return source
}

/** Whether a source is asked for with the signature that the request itself has. */
function isSignedAs(url: URL, { identity }: StorageRequest): boolean {
  return identity.kind === 'sas' && url.searchParams.get('sig') === identity.sas.parameters.sig
}

/** Whether the source's signature is good, for something else than reading it. */
function isLackOfPermission(error: unknown): boolean {
  return (
    error instanceof StorageError && error.elements.CopySourceErrorCode === 'AuthorizationPermissionMismatch'
  )
}

function copyOptionsIn(request: StorageRequest, api: string): CopyOptions {
  const tagOption = request.header('x-ms-copy-source-tag-option')?.toUpperCase()
  const tags = tagsIn(request)
  if (tagOption === 'COPY' && tags) throw blobErrors.BothUserTagsAndSourceTagsCopyPresentException()
  return {
    ...writeOptions(request),
    sourceUrl: request.header('x-ms-copy-source') ?? '',
    metadata: metadataIn(request),
    tags: tagOption === 'COPY' ? 'copy' : tags,
    tier: tierIn(request),
    refusesPageTier: followsAzurite(request.account),
    isSealed: sealIn(request),
    detail: protectionIn(request),
    sourceConditions: readConditions(request, 'x-ms-source-'),
    sourceIfTags: tagFilterIn(request, 'x-ms-source-if-tags'),
    sourceEncryption: sourceEncryptionIn(request),
    api,
  }
}

function sealIn(request: StorageRequest): boolean | undefined {
  const text = request.header('x-ms-seal-blob')
  return text === undefined ? undefined : text.toLowerCase() === 'true'
}

function copied(request: StorageRequest, item: Item): StorageResponse {
  const { copy } = detailOf(item)
  const headers = {
    ...writtenHeaders(request, item),
    'x-ms-copy-id': copy?.id,
    'x-ms-copy-status': copy?.status,
  }
  return { status: 202, headers }
}

export async function abortCopyOperation(
  context: BlobContext,
  jobs: CopyJobs,
  request: StorageRequest,
): Promise<StorageResponse> {
  const id = request.query('copyid')
  if (id === undefined) throw missingQuery('copyid')
  const action = request.header('x-ms-copy-action')
  if (action?.toLowerCase() !== 'abort') throw invalidHeader('x-ms-copy-action', action ?? '')
  await abortCopy(context, blobAddress(request), id, writeOptions(request))
  jobs.abort(id)
  return { status: 204 }
}

/** Sources of this store only. */
export async function incrementalCopy(
  context: BlobContext,
  request: StorageRequest,
): Promise<StorageResponse> {
  const destination = blobAddress(request)
  const source = await localSource(request, sourceUrlIn(request))
  if (!source)
    throw cannotVerifySource(
      404,
      'CannotVerifyCopySource',
      'Incremental copies are made of page blobs of this storage only.',
    )
  const options = copyOptionsIn(request, 'CopyBlob')
  return copied(request, await copyIncrementally(context, source, destination, options))
}
