/** Encryption other than the account's own: with a key that comes with each request, or in a scope. */
import { blobErrors } from '../errors.ts'

export interface Encryption {
  /** SHA-256 of the customer's key, in base64. */
  readonly keyHash?: string
  readonly scope?: string
}

/** What a container has of it for its blobs. */
export interface ContainerEncryption {
  /** For blobs that do not name one. */
  readonly scope: string
  /** Whether blobs may not name another one. */
  readonly isFixed?: true
}

const plain: Encryption = {}

/** @param text JSON, or '' for none */
export function containerEncryption(text: string): ContainerEncryption | undefined {
  return text === '' ? undefined : (JSON.parse(text) as ContainerEncryption)
}

/** Of a new blob. @throws StorageError RequestForbiddenByContainerEncryptionPolicy */
export function encryptionWithin(
  container: ContainerEncryption | undefined,
  given: Encryption | undefined,
): Encryption | undefined {
  if (!container || given?.scope === container.scope) return given
  if (given === undefined) return { scope: container.scope }
  if (container.isFixed) throw blobErrors.RequestForbiddenByContainerEncryptionPolicy()
  return given
}

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
