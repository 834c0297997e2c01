/** Message bodies of Queue Storage (REST reference, "Put Message", "Get Messages", "Peek Messages"). */
import { generalErrors } from '../protocol/general-errors.ts'
import { httpDate } from '../protocol/http-date.ts'
import { childText, escapeXml, parseXml } from '../protocol/xml.ts'
import { maxTextBytes, never } from './limits.ts'
import type { PeekedMessage, ReceivedMessage, SentMessage } from './queue-messages.ts'

/** What every SDK sends: nothing but the text, without references. */
const plainForm =
  /^\s*(?:<\?xml[^>]*\?>)?\s*<QueueMessage>\s*<MessageText>([^<&]*)<\/MessageText>\s*<\/QueueMessage>\s*$/

/**
 * The text of a Put or Update Message.
 * @throws StorageError InvalidXmlDocument, RequestBodyTooLarge
 */
export function parseMessageText(body: Buffer): string {
  const text = plainText(body) ?? elementText(body)
  if (!isMessageText(text)) throw generalErrors.InvalidXmlDocument()
  if (text.length > maxTextBytes || Buffer.byteLength(text) > maxTextBytes)
    throw generalErrors.RequestBodyTooLarge({ elements: { MaxLimit: maxTextBytes } })
  return text
}

/** What XML cannot carry, not even as a reference. */
const forbidden = /[^\t\n\r\x20-\ufffd]/

/** Whether clients could read it. */
export function isMessageText(text: string): boolean {
  return !forbidden.test(text)
}

function plainText(body: Buffer): string | undefined {
  const text = body.toString()
  // A carriage return or bytes that are no UTF-8: the parser knows what becomes of them.
  if (text.includes('\r') || text.includes('\ufffd')) return undefined
  return plainForm.exec(text)?.[1]
}

function elementText(body: Buffer): string {
  const root = parseXml(body)
  const text = root.name === 'QueueMessage' ? childText(root, 'MessageText') : undefined
  if (text === undefined) throw generalErrors.InvalidXmlDocument()
  return text
}

const declaration = '<?xml version="1.0" encoding="utf-8"?>'

/** The answer to Put Message. */
export function renderSent(message: SentMessage): string {
  return `${declaration}<QueueMessagesList><QueueMessage>${identity(message)}${hold(message)}</QueueMessage></QueueMessagesList>`
}

/** The answer to Get Messages. */
export function renderReceived(messages: readonly ReceivedMessage[]): string {
  let list = ''
  for (const message of messages)
    list += `<QueueMessage>${identity(message)}${hold(message)}${content(message)}</QueueMessage>`
  return renderList(list)
}

/** The answer to Peek Messages. */
export function renderPeeked(messages: readonly PeekedMessage[]): string {
  let list = ''
  for (const message of messages)
    list += `<QueueMessage>${identity(message)}${content(message)}</QueueMessage>`
  return renderList(list)
}

function renderList(list: string): string {
  return list === ''
    ? `${declaration}<QueueMessagesList />`
    : `${declaration}<QueueMessagesList>${list}</QueueMessagesList>`
}

function identity({
  id,
  insertedAt,
  expiresAt = never,
}: Pick<SentMessage, 'id' | 'insertedAt' | 'expiresAt'>) {
  return `<MessageId>${id}</MessageId><InsertionTime>${httpDate(insertedAt)}</InsertionTime><ExpirationTime>${httpDate(expiresAt)}</ExpirationTime>`
}

function hold({ popReceipt, visibleAt }: Pick<SentMessage, 'popReceipt' | 'visibleAt'>): string {
  return `<PopReceipt>${popReceipt}</PopReceipt><TimeNextVisible>${httpDate(visibleAt)}</TimeNextVisible>`
}

function content({ dequeueCount, text }: PeekedMessage): string {
  return `<DequeueCount>${dequeueCount}</DequeueCount><MessageText>${escapeXml(text)}</MessageText>`
}
