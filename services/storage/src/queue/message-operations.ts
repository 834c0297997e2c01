/** Operations on messages. */
import { parseTraceParent } from '@aloft/kernel'
import type { Operation, StorageRequest } from '../contracts.ts'
import { invalidQuery, missingQuery } from '../protocol/general-errors.ts'
import { httpDate } from '../protocol/http-date.ts'
import {
  defaultTtlSeconds,
  defaultVisibilitySeconds,
  maxBodyBytes,
  maxMessagesPerGet,
  maxVisibilitySeconds,
  never,
} from './limits.ts'
import { parsePopReceipt } from './message-id.ts'
import { parseMessageText, renderPeeked, renderReceived, renderSent } from './message-xml.ts'
import { numberParameter } from './query-parameters.ts'
import type { HeldMessage, QueueMessages } from './queue-messages.ts'
import { addressOf, xmlType } from './queue-operations.ts'
import { parseQueuePath } from './queue-path.ts'

export type MessageOperationName =
  | 'PutMessage'
  | 'GetMessages'
  | 'PeekMessages'
  | 'DeleteMessage'
  | 'UpdateMessage'
  | 'ClearMessages'

const anyVisibility = { minimum: 0, maximum: maxVisibilitySeconds }
const someVisibility = { minimum: 1, maximum: maxVisibilitySeconds }
const countRange = { minimum: 1, maximum: maxMessagesPerGet }

export function messageOperations(
  messages: QueueMessages,
): Readonly<Record<MessageOperationName, Operation>> {
  return {
    PutMessage: {
      name: 'PutMessage',
      access: { resource: 'o', account: 'a', service: 'a' },
      async run(request) {
        const delaySeconds = numberParameter(request, 'visibilitytimeout', anyVisibility, 0)
        const ttlMs = readTtlMs(request, delaySeconds)
        const text = parseMessageText(await request.bytes(maxBodyBytes))
        const message = { text, delayMs: delaySeconds * 1000, ttlMs, traceParent: traceParentOf(request) }
        const [sent] = await messages.send(addressOf(request), [message])
        return { status: 201, headers: xmlType, body: renderSent(sent!) }
      },
    },
    GetMessages: {
      name: 'GetMessages',
      access: { resource: 'o', account: 'p', service: 'p' },
      async run(request) {
        const count = numberParameter(request, 'numofmessages', countRange, 1)
        const visibilitySeconds = numberParameter(
          request,
          'visibilitytimeout',
          someVisibility,
          defaultVisibilitySeconds,
        )
        const received = await messages.receive(addressOf(request), count, visibilitySeconds * 1000)
        return { status: 200, headers: xmlType, body: renderReceived(received) }
      },
    },
    PeekMessages: {
      name: 'PeekMessages',
      access: { resource: 'o', account: 'r', service: 'r' },
      async run(request) {
        const count = numberParameter(request, 'numofmessages', countRange, 1)
        const peeked = await messages.peek(addressOf(request), count)
        return { status: 200, headers: xmlType, body: renderPeeked(peeked) }
      },
    },
    DeleteMessage: {
      name: 'DeleteMessage',
      access: { resource: 'o', account: 'p', service: 'p' },
      async run(request) {
        await messages.delete(addressOf(request), heldMessage(request))
        return { status: 204 }
      },
    },
    UpdateMessage: {
      name: 'UpdateMessage',
      access: { resource: 'o', account: 'u', service: 'u' },
      async run(request) {
        const held = heldMessage(request)
        const visibilitySeconds = numberParameter(request, 'visibilitytimeout', anyVisibility, undefined)
        if (visibilitySeconds === undefined) throw missingQuery('visibilitytimeout')
        const body = await request.bytes(maxBodyBytes)
        const text = body.length === 0 ? undefined : parseMessageText(body)
        const { popReceipt, visibleAt } = await messages.update(
          addressOf(request),
          held,
          visibilitySeconds * 1000,
          text,
        )
        return {
          status: 204,
          headers: { 'x-ms-popreceipt': popReceipt, 'x-ms-time-next-visible': httpDate(visibleAt) },
        }
      },
    },
    ClearMessages: {
      name: 'ClearMessages',
      access: { resource: 'o', account: 'd' },
      async run(request) {
        await messages.clear(addressOf(request))
        return { status: 204 }
      },
    },
  }
}

/** The sender's span, so that whoever works on the message continues its trace; Azure does not keep it. */
function traceParentOf(request: StorageRequest): string | undefined {
  const header = request.header('traceparent')
  return header !== undefined && parseTraceParent(header) ? header : undefined
}

/**
 * Undefined = the message never expires: `-1`, or so long that the calendar ends before.
 * @throws StorageError InvalidQueryParameterValue
 */
function readTtlMs(request: StorageRequest, delaySeconds: number): number | undefined {
  const range = { minimum: Number.NEGATIVE_INFINITY, maximum: Number.POSITIVE_INFINITY }
  const seconds = numberParameter(request, 'messagettl', range, undefined)
  if (seconds === undefined) return defaultTtlSeconds * 1000
  if (seconds === -1) return undefined
  if (seconds < 1) {
    const reason = 'Value must be greater than or equal to 1, or -1 to indicate an infinite TTL.'
    throw invalidQuery('messagettl', String(seconds), reason)
  }
  if (delaySeconds >= seconds) {
    const reason = 'messagettl must be greater than visibilitytimeout.'
    throw invalidQuery('visibilitytimeout', String(delaySeconds), reason)
  }
  const ttlMs = seconds * 1000
  return request.now + ttlMs >= never ? undefined : ttlMs
}

/** @throws StorageError MissingRequiredQueryParameter, InvalidQueryParameterValue */
function heldMessage(request: StorageRequest): HeldMessage {
  const text = request.query('popreceipt')
  if (text === undefined || text === '') throw missingQuery('popreceipt')
  const receipt = parsePopReceipt(text)
  if (!receipt) throw invalidQuery('popreceipt', text, 'Invalid pop receipt format.')
  return { id: parseQueuePath(request.path).messageId, receipt }
}
