/** Encryption other than the account's own: with a key that comes with each request, or in a scope. */
import { blobErrors } from '../errors.ts'

export interface Encryption {
  /** SHA-256 of the customer's key, in base64. */
  readonly keyHash?: string
  readonly scope?: string
}

const plain: Encryption = {}

/**
 * Whether a request says of a blob what it must, to read or change it.
 * @throws StorageError BlobUsesCustomerSpecifiedEncryption, BlobDoesNotUseCustomerSpecifiedEncryption,
 * BlobCustomerSpecifiedEncryptionMismatch
 */
export function matchEncryption(blob: Encryption = plain, given: Encryption = plain): void {
  if (blob.keyHash !== undefined && given.keyHash === undefined)
    throw blobErrors.BlobUsesCustomerSpecifiedEncryption()
  if (blob.keyHash === undefined && given.keyHash !== undefined)
    throw blobErrors.BlobDoesNotUseCustomerSpecifiedEncryption()
  const isOtherScope = given.scope !== undefined && given.scope !== blob.scope
  if (blob.keyHash !== given.keyHash || isOtherScope)
    throw blobErrors.BlobCustomerSpecifiedEncryptionMismatch()
}
