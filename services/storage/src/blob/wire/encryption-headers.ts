/** Keys that customers provide, and encryption scopes (REST reference, "Provide an encryption key on a request"). */
import { hash } from 'node:crypto'
import type { StorageRequest } from '../../contracts.ts'
import { invalidHeader, missingHeader } from '../../protocol/general-errors.ts'
import { type ContainerEncryption, containerEncryption, type Encryption } from '../model/encryption.ts'

const keyBytes = 32

interface HeaderNames {
  readonly key: string
  readonly hash: string
  readonly algorithm: string
  readonly scope: string
}

function namesWith(prefix: string): HeaderNames {
  return {
    key: `${prefix}encryption-key`,
    hash: `${prefix}encryption-key-sha256`,
    algorithm: `${prefix}encryption-algorithm`,
    scope: `${prefix}encryption-scope`,
  }
}

const ownNames = namesWith('x-ms-')
const sourceNames = namesWith('x-ms-source-')

/**
 * What a request says of encryption; undefined = nothing. The key itself is not kept.
 * @throws StorageError MissingRequiredHeader, InvalidHeaderValue
 */
export function encryptionIn(request: StorageRequest): Encryption | undefined {
  return read(request, ownNames)
}

/** The same of a copy's source. */
export function sourceEncryptionIn(request: StorageRequest): Encryption | undefined {
  return read(request, sourceNames)
}

function read(request: StorageRequest, names: HeaderNames): Encryption | undefined {
  const key = request.header(names.key)
  const keyHash = request.header(names.hash)
  const scope = request.header(names.scope)
  if (!key && !keyHash && !scope) return undefined
  if (key || keyHash) checkKey(names, key, keyHash, request.header(names.algorithm))
  return { ...(keyHash && { keyHash }), ...(scope && { scope }) }
}

function checkKey(
  names: HeaderNames,
  key: string | undefined,
  keyHash: string | undefined,
  algorithm: string | undefined,
): void {
  if (!key) throw missingHeader(names.key)
  if (!keyHash) throw missingHeader(names.hash)
  if (!algorithm) throw missingHeader(names.algorithm)
  if (algorithm.toUpperCase() !== 'AES256') throw invalidHeader(names.algorithm, algorithm)
  const bytes = Buffer.from(key, 'base64')
  // The key is a secret: an error does not repeat it.
  if (bytes.length !== keyBytes || bytes.toString('base64') !== key) throw invalidHeader(names.key, '')
  if (hash('sha256', bytes, 'base64') !== keyHash) throw invalidHeader(names.hash, keyHash)
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
