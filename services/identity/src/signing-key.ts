/** The key that signs tokens: RSA, made at first use, in a file of the data folder that only its owner reads. */
import { createPrivateKey, createPublicKey, generateKeyPair, hkdfSync, type KeyObject } from 'node:crypto'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { openSecretFile, UserError } from '@aloft/kernel'
import type { JSONWebKeySet } from 'jose'

export const keyFileName = 'identity.key'

export interface SigningKey {
  /** `kid` of tokens: the key's thumbprint (RFC 7638). */
  readonly id: string
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
  /** What verifiers get. */
  readonly keySet: JSONWebKeySet
  /** For what only we read ourselves: codes and refresh tokens. */
  readonly sealingKey: Uint8Array
}

const generate = promisify(generateKeyPair)

/** Reads the key of a data folder, or makes it. @throws UserError when the file is not one */
export async function openSigningKey(dataDirectory: string): Promise<SigningKey> {
  const file = join(dataDirectory, keyFileName)
  const privateKey = readKey(file, await openSecretFile(file, makeKey))
  const publicKey = createPublicKey(privateKey)
  const { calculateJwkThumbprint, exportJWK } = await import('jose')
  const jwk = await exportJWK(publicKey)
  const id = await calculateJwkThumbprint(jwk)
  const secret = privateKey.export({ type: 'pkcs8', format: 'der' })
  return {
    id,
    privateKey,
    publicKey,
    keySet: { keys: [{ ...jwk, kid: id, use: 'sig', alg: 'RS256' }] },
    sealingKey: new Uint8Array(hkdfSync('sha256', secret, '', 'aloft grants', 32)),
  }
}

async function makeKey(): Promise<string> {
  const { privateKey } = await generate('rsa', { modulusLength: 2048 })
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}

function readKey(file: string, text: string): KeyObject {
  try {
    const key = createPrivateKey(text)
    if (key.asymmetricKeyType === 'rsa') return key
  } catch {
    // Told below.
  }
  throw new UserError('The file does not hold a private RSA key in PEM.', {
    location: { file },
    hint: 'Delete it: the next start makes a new one, and tokens that were given out are void.',
  })
}
