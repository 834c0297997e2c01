/** How the texts of messages carry what functions send and get. */
import type { OutputValue } from '@aloft/kernel'
import type { QueueOptions } from './queue-options.ts'

type Encoding = QueueOptions['messageEncoding']

export function encodeMessage(value: OutputValue, encoding: Encoding): string {
  if (encoding === 'none') return value.kind === 'bytes' ? Buffer.from(value.bytes).toString() : value.text
  const bytes = value.kind === 'bytes' ? Buffer.from(value.bytes) : Buffer.from(value.text)
  return bytes.toString('base64')
}

/** What the message contains; undefined when it is not encoded so. */
export function decodeMessage(text: string, encoding: Encoding): Buffer | undefined {
  if (encoding === 'none') return Buffer.from(text)
  const bytes = Buffer.from(text, 'base64')
  // Node skips what is no base64: what was read must be all that there is.
  return bytes.toString('base64') === text || isBase64(text) ? bytes : undefined
}

/** As .NET reads it: white space between the digits, and padding up to a multiple of four. */
function isBase64(text: string): boolean {
  const digits = text.replace(/[ \t\r\n]/g, '')
  return digits.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(digits)
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Undefined when the bytes are no UTF-8. */
export function decodeText(bytes: Buffer): string | undefined {
  try {
    return utf8.decode(bytes)
  } catch {
    return undefined
  }
}
