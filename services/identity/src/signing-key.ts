/** The key that signs tokens: RSA, made at first use, in a file of the data folder that only its owner reads. */
import { createPrivateKey, createPublicKey, generateKeyPair, hkdfSync, type KeyObject } from 'node:crypto'
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ensureError, newId, UserError } from '@aloft/kernel'
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
  const privateKey = (await readKey(file)) ?? (await makeKey(file, dataDirectory))
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

async function readKey(file: string): Promise<KeyObject | undefined> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (thrown) {
    if ((ensureError(thrown) as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw thrown
  }
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

/** Written whole before it gets its name, so that of several processes that start at once all use the same key. */
async function makeKey(file: string, directory: string): Promise<KeyObject> {
  const { privateKey } = await generate('rsa', { modulusLength: 2048 })
  await mkdir(directory, { recursive: true })
  const draft = join(directory, `.${newId()}`)
  const text = privateKey.export({ type: 'pkcs8', format: 'pem' })
  await writeFile(draft, text, { mode: 0o600, flag: 'wx' })
  try {
    await link(draft, file)
  } catch (thrown) {
    if ((ensureError(thrown) as NodeJS.ErrnoException).code !== 'EEXIST') throw thrown
  } finally {
    await rm(draft)
  }
  return (await readKey(file))!
}
