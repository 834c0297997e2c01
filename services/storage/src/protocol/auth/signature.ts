/** HMAC-SHA256 signatures of requests and shared access signatures. */
import { createHmac, type KeyObject, timingSafeEqual } from 'node:crypto'
import type { SigningAccount } from '../../accounts/accounts.ts'

/** 32 bytes over the UTF-8 of `text`. */
export function sign(key: KeyObject, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

/** 32 bytes in base64. */
const signatureLength = 44

/** A signature in base64; undefined when it cannot be one. */
export function readSignature(text: string): Buffer | undefined {
  // Node skips what follows the end of base64.
  if (text.length !== signatureLength) return undefined
  const signature = Buffer.from(text, 'base64')
  return signature.length === 32 ? signature : undefined
}

export function isSignedWith(key: KeyObject, text: string, signature: Buffer): boolean {
  return timingSafeEqual(sign(key, text), signature)
}

/** Whether one of the account's keys made the signature. */
export function isSignedBy(account: SigningAccount, text: string, signature: Buffer): boolean {
  const [first, second] = account.signers
  return (
    isSignedWith(first, text, signature) ||
    (account.keys[0] !== account.keys[1] && isSignedWith(second, text, signature))
  )
}
