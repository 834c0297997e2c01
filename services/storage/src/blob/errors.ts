/** Errors of the Blob service (REST reference, "Blob service error codes"). */
import { generalErrors } from '../protocol/general-errors.ts'
import { StorageError, type StorageErrorDetail, storageErrors } from '../protocol/storage-error.ts'

const rows = {
  AccessTierNotSupportedForBlobType: [400, 'The access tier is not supported for this blob type.'],
  AppendPositionConditionNotMet: [412, 'The append position condition specified was not met.'],
  BlobAlreadyExists: [409, 'The specified blob already exists.'],
  BlobArchived: [409, 'This operation is not permitted on an archived blob.'],
  BlobBeingRehydrated: [409, 'This operation is not permitted because the blob is being rehydrated.'],
  BlobCustomerSpecifiedEncryptionMismatch: [
    409,
    'The given customer specified encryption does not match the encryption used to encrypt the blob.',
  ],
  BlobDoesNotUseCustomerSpecifiedEncryption: [
    409,
    'The blob is not encrypted with customer specified encryption, but one was provided in the request.',
  ],
  BlobImmutableDueToPolicy: [
    409,
    'This operation is not permitted as the blob is immutable due to a policy.',
  ],
  BlobIsSealed: [
    409,
    "The specified blob is sealed, and its contents can't be modified unless the blob is re-created after a delete.",
  ],
  BlobNotFound: [404, 'The specified blob does not exist.'],
  BlobOverwritten: [409, 'The blob has been recreated since the previous snapshot was taken.'],
  BlobTierInadequateForContentLength: [
    409,
    'Specified blob tier size limit cannot be less than content length.',
  ],
  BlobUsesCustomerSpecifiedEncryption: [
    409,
    'The blob is encrypted with customer specified encryption, but it was not provided in the request.',
  ],
  BlockCountExceedsLimit: [
    409,
    'The committed block count cannot exceed the maximum limit of 50,000 blocks.',
  ],
  BlockListTooLong: [400, 'The block list may not contain more than 50,000 blocks.'],
  BothCrc64AndMd5HeaderPresent: [400, 'Both x-ms-content-crc64 header and Content-MD5 header are present.'],
  BothUserTagsAndSourceTagsCopyPresentException: [
    400,
    'x-ms-tags header must not be present with x-ms-copy-source-tag-option as COPY.',
  ],
  CannotChangeToLowerTier: [409, 'A higher blob tier has already been explicitly set.'],
  ContainerAlreadyExists: [409, 'The specified container already exists.'],
  ContainerNotFound: [404, 'The specified container does not exist.'],
  ContentLengthLargerThanTierLimit: [409, "Blob's content length cannot exceed its tier limit."],
  CopyIdMismatch: [409, 'The specified copy ID did not match the copy ID for the pending copy operation.'],
  Crc64Mismatch: [
    400,
    'The CRC64 value specified in the request did not match with the CRC64 value calculated by the server.',
  ],
  DuplicateTagNames: [400, 'The tags specified contain duplicate names.'],
  EmptyTagName: [400, 'The name of one of the tag key-value pairs is empty.'],
  IncrementalCopyBlobMismatch: [
    409,
    'The specified source blob is different than the copy source of the existing incremental copy blob.',
  ],
  IncrementalCopyOfEarlierSnapshotNotAllowed: [
    409,
    'The specified snapshot is not later than the last snapshot copied into the incremental copy blob.',
  ],
  IncrementalCopySourceMustBeSnapshot: [409, 'The source for incremental copy request must be a snapshot.'],
  InvalidBlobOrBlock: [400, 'The specified blob or block content is invalid.'],
  InvalidBlobTier: [400, 'The specified blob tier is invalid.'],
  InvalidBlobType: [409, 'The blob type is invalid for this operation.'],
  InvalidBlockList: [400, 'The specified block list is invalid.'],
  InvalidOperation: [400, 'Invalid operation against a blob snapshot.'],
  InvalidPageRange: [416, 'The page range specified is invalid.'],
  InvalidSourceBlobType: [409, 'The copy source blob type is invalid for this operation.'],
  InvalidTag: [400, 'The tags specified are invalid. It contains characters that are not permitted.'],
  LeaseAlreadyPresent: [409, 'There is already a lease present.'],
  LeaseIdMismatchWithBlobOperation: [412, 'The lease ID specified did not match the lease ID for the blob.'],
  LeaseIdMismatchWithContainerOperation: [
    412,
    'The lease ID specified did not match the lease ID for the container.',
  ],
  LeaseIdMismatchWithLeaseOperation: [
    409,
    'The lease ID specified did not match the lease ID for the container or blob.',
  ],
  LeaseIdMissing: [
    412,
    'There is currently a lease on the resource and no lease ID was specified in the request.',
  ],
  LeaseIsBreakingAndCannotBeAcquired: [409, "There is already a breaking lease, and can't be acquired."],
  LeaseIsBreakingAndCannotBeChanged: [
    409,
    'The lease ID matched, but the lease is currently in breaking state and cannot be changed.',
  ],
  LeaseIsBrokenAndCannotBeRenewed: [
    409,
    'The lease ID matched, but the lease has been broken explicitly and cannot be renewed.',
  ],
  LeaseLost: [412, 'A lease ID was specified, but the lease for the blob/container has expired.'],
  LeaseNotPresentWithBlobOperation: [412, 'There is currently no lease on the blob.'],
  LeaseNotPresentWithContainerOperation: [412, 'There is currently no lease on the container.'],
  LeaseNotPresentWithLeaseOperation: [409, 'There is currently no lease on the container or blob.'],
  MaxBlobSizeConditionNotMet: [412, 'The max blob size condition specified was not met.'],
  NoPendingCopyOperation: [409, 'There is currently no pending copy operation.'],
  OperationNotAllowedOnIncrementalCopyBlob: [
    409,
    'The specified operation is not allowed on an incremental copy blob.',
  ],
  OperationNotAllowedOnRootBlob: [400, 'This operation is only permitted on a version or a snapshot.'],
  PendingCopyOperation: [409, 'There is currently a pending copy operation.'],
  PreviousSnapshotCannotBeNewer: [
    400,
    'The prevsnapshot query parameter value cannot be newer than snapshot.',
  ],
  PreviousSnapshotNotFound: [409, 'The previous snapshot is not found.'],
  RequestForbiddenByContainerEncryptionPolicy: [
    403,
    'This request is forbidden by the encryption policy of the container.',
  ],
  SequenceNumberConditionNotMet: [412, 'The sequence number condition specified was not met.'],
  SequenceNumberIncrementTooLarge: [
    409,
    'The sequence number increment cannot be performed because it would result in overflow.',
  ],
  SnapshotsPresent: [409, 'This operation is not permitted because the blob has snapshots.'],
  SourceConditionNotMet: [412, 'The source condition specified using HTTP conditional header(s) is not met.'],
  TagsTooLarge: [400, 'The tags specified exceed the maximum permissible limit.'],
} as const satisfies Record<string, readonly [status: number, message: string]>

type Code = keyof typeof rows

/** The catalogue: `throw blobErrors.BlobNotFound()`. */
export const blobErrors = storageErrors(
  Object.fromEntries(
    Object.entries(rows).map(([code, [status, message]]) => [code, { status, message }]),
  ) as Record<Code, { readonly status: number; readonly message: string }>,
)

/** The error of that code, for codes that are put together. */
export function refuse(code: Code, detail?: StorageErrorDetail): StorageError {
  return blobErrors[code](detail)
}

/** What a source is opened for: Copy Blob, Put Blob From URL, or a block, an append or pages. */
export type SourceUse = 'copy' | 'blob' | 'part'

/**
 * A source is not as the request's conditions have it. What reads sources passes their answer on, but for a 412 to Put
 * Blob From URL (as recorded in the tests of Azure's SDKs for Python and Go).
 * @param status what a reader of the source is answered
 */
export function sourceConditionFailed(use: SourceUse, status: 304 | 412): StorageError {
  return use === 'copy' || (use === 'blob' && status === 412)
    ? blobErrors.SourceConditionNotMet()
    : cannotVerifySource(status, 'ConditionNotMet', generalErrors.ConditionNotMet().message)
}

/**
 * A copy's source cannot be read, for the reason that its reader is told.
 * @param status of the source's answer; 304, 403, 409 and 412 are passed on, everything else becomes 404
 */
export function cannotVerifySource(status: number, code: string, message: string): StorageError {
  // A source that does not show itself to strangers says that there is no such resource.
  const isRefused = status === 401 || status === 403 || code === 'ResourceNotFound'
  const told = isRefused ? 403 : passedOn.has(status) ? status : 404
  const elements = {
    CopySourceStatusCode: status,
    CopySourceErrorCode: code,
    CopySourceErrorMessage: message,
  }
  const headers = { 'x-ms-copy-source-status-code': String(status), 'x-ms-copy-source-error-code': code }
  return new StorageError('CannotVerifyCopySource', { status: told, message }, { elements, headers })
}

/** More than can be copied while the client waits (azure-sdk-for-go, issue 19880). */
export function tooLargeToCopy(): StorageError {
  const message =
    'The source request body for synchronous copy is too large and exceeds the maximum permissible limit (256MB).'
  return cannotVerifySource(409, 'RequestBodyTooLarge', message)
}

const passedOn = new Set([304, 409, 412])
