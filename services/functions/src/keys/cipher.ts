/** Encryption of keys at rest: AES-256-GCM under a key that lies in a file of its own beside the database. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { openSecretFile, UserError } from '@aloft/kernel'

const algorithm = 'aes-256-gcm'
const keyBytes = 32
const nonceBytes = 12
const tagBytes = 16

/** The file that holds the encryption key. Hosts that share a database need the same one. */
export const keyFileName = 'keys.secret'

/** Encrypts and decrypts under one key. `context` says what a value belongs to; it must be the same both times. */
export class Cipher {
  readonly #key: Uint8Array

  /** @param key 32 bytes */
  constructor(key: Uint8Array) {
    this.#key = key
  }

  /** In base64: nonce, encrypted text, authentication tag. */
  encrypt(text: string, context: string): string {
    const nonce = randomBytes(nonceBytes)
    const cipher = createCipheriv(algorithm, this.#key, nonce)
    cipher.setAAD(Buffer.from(context))
    const parts = [nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]
    return Buffer.concat(parts).toString('base64')
  }

  /** @throws Error when the value was encrypted under another key or for another context */
  decrypt(sealed: string, context: string): string {
    const bytes = Buffer.from(sealed, 'base64')
    const decipher = createDecipheriv(algorithm, this.#key, bytes.subarray(0, nonceBytes), {
      authTagLength: tagBytes,
    })
    decipher.setAAD(Buffer.from(context))
    decipher.setAuthTag(bytes.subarray(-tagBytes))
    const text = decipher.update(bytes.subarray(nonceBytes, -tagBytes))
    return Buffer.concat([text, decipher.final()]).toString()
  }
}

/** Reads the key file of a data folder, or makes it (mode 0600). @throws UserError when it is not a key */
export async function openCipher(dataDirectory: string): Promise<Cipher> {
  const file = join(dataDirectory, keyFileName)
  const text = await openSecretFile(file, () => `${randomBytes(keyBytes).toString('base64')}\n`)
  const key = Buffer.from(text.trim(), 'base64')
  if (key.length === keyBytes) return new Cipher(key)
  throw new UserError('The file does not hold an encryption key of 32 bytes in base64.', {
    location: { file },
    hint: 'Restore it from a backup; without it the access keys in the database cannot be read.',
  })
}
