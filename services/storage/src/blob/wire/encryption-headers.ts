/** Keys that customers provide, and encryption scopes (REST reference, "Provide an encryption key on a request"). */
import { hash } from 'node:crypto'
import type { StorageRequest } from '../../contracts.ts'
import { invalidHeader, missingHeader } from '../../protocol/general-errors.ts'
import { type ContainerEncryption, containerEncryption, type Encryption } from '../model/encryption.ts'

const keyBytes = 32

/**
 * What a request says of encryption; undefined = nothing. The key itself is not kept.
 * @param prefix `x-ms-source-` for that of a copy's source
 * @throws StorageError MissingRequiredHeader, InvalidHeaderValue
 */
export function encryptionIn(request: StorageRequest, prefix = 'x-ms-'): Encryption | undefined {
  const key = request.header(`${prefix}encryption-key`)
  const keyHash = request.header(`${prefix}encryption-key-sha256`)
  const scope = request.header(`${prefix}encryption-scope`)
  if (!key && !keyHash && !scope) return undefined
  if (key || keyHash) checkKey(request, prefix, key, keyHash)
  return { ...(keyHash && { keyHash }), ...(scope && { scope }) }
}

const scopeHeader = 'x-ms-default-encryption-scope'
const fixedHeader = 'x-ms-deny-encryption-scope-override'
/** The scope of what has none. */
const accountScope = '$account-encryption-key'

/** What a container is to have of encryption. @throws StorageError MissingRequiredHeader, InvalidHeaderValue */
export function containerEncryptionIn(request: StorageRequest): ContainerEncryption | undefined {
  const scope = request.header(scopeHeader)
  const fixed = request.header(fixedHeader)?.toLowerCase()
  if (fixed && fixed !== 'true' && fixed !== 'false') throw invalidHeader(fixedHeader, fixed)
  if (!scope && fixed === 'true') throw missingHeader(scopeHeader)
  if (!scope || scope === accountScope) return undefined
  return { scope, ...(fixed === 'true' && { isFixed: true }) }
}

export function containerEncryptionHeaders({ encryption }: { readonly encryption: string }): {
  readonly 'x-ms-default-encryption-scope': string
  readonly 'x-ms-deny-encryption-scope-override': string
} {
  const own = containerEncryption(encryption)
  return { [scopeHeader]: own?.scope ?? accountScope, [fixedHeader]: String(own?.isFixed ?? false) }
}

function checkKey(
  request: StorageRequest,
  prefix: string,
  key: string | undefined,
  keyHash: string | undefined,
): void {
  const names = ['encryption-key', 'encryption-key-sha256', 'encryption-algorithm'].map(
    (name) => prefix + name,
  ) as [string, string, string]
  const algorithm = request.header(names[2])
  if (!key) throw missingHeader(names[0])
  if (!keyHash) throw missingHeader(names[1])
  if (!algorithm) throw missingHeader(names[2])
  if (algorithm.toUpperCase() !== 'AES256') throw invalidHeader(names[2], algorithm)
  const bytes = Buffer.from(key, 'base64')
  // The key is a secret: an error does not repeat it.
  if (bytes.length !== keyBytes || bytes.toString('base64') !== key) throw invalidHeader(names[0], '')
  if (hash('sha256', bytes, 'base64') !== keyHash) throw invalidHeader(names[1], keyHash)
}
