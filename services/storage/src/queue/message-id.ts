/**
 * How messages are named to clients. An id is a GUID: the first twenty digits are those of the queue's generation,
 * the last twelve the message's number in the engine. So ids are unique also across data folders, and one of a queue
 * that was deleted is not found in its successor.
 */

const prefixLength = 24
const idForm = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** @param generation a GUID */
export function formatMessageId(generation: string, number: number): string {
  return generation.slice(0, prefixLength) + number.toString(16).padStart(12, '0')
}

/** The message's number; undefined when the id is none of this generation's. */
export function parseMessageId(generation: string, id: string): number | undefined {
  if (!idForm.test(id)) return undefined
  const lower = id.toLowerCase()
  if (lower.slice(0, prefixLength) !== generation.slice(0, prefixLength)) return undefined
  return Number.parseInt(lower.slice(prefixLength), 16)
}

/** What a pop receipt says. It carries the expiry, so that acting on an expired message needs no look at it. */
export interface PopReceipt {
  /** The message's number. */
  readonly number: number
  /** The engine's receipt. */
  readonly receipt: string
  /** Milliseconds since 1970; undefined = never. */
  readonly expiresAt: number | undefined
}

const receiptBytes = 18
const receiptLength = 24
const scratch = Buffer.alloc(receiptBytes)
/** More than any expiry that a message can have. */
const noExpiry = 2 ** 48 - 1

/** 24 characters that need no escaping in a URL; another one for every claim and every renewal. */
export function formatPopReceipt({ number, receipt, expiresAt }: PopReceipt): string {
  scratch.writeUIntBE(number, 0, 6)
  scratch.writeUIntBE(Number(receipt), 6, 6)
  scratch.writeUIntBE(expiresAt ?? noExpiry, 12, 6)
  return scratch.toString('base64url')
}

/** Undefined for what is no receipt of ours. Both alphabets of base64 are understood. */
export function parsePopReceipt(text: string): PopReceipt | undefined {
  if (text.length !== receiptLength) return undefined
  const bytes = Buffer.from(text, 'base64')
  if (bytes.length !== receiptBytes) return undefined
  const expiresAt = bytes.readUIntBE(12, 6)
  return {
    number: bytes.readUIntBE(0, 6),
    receipt: String(bytes.readUIntBE(6, 6)),
    expiresAt: expiresAt === noExpiry ? undefined : expiresAt,
  }
}
