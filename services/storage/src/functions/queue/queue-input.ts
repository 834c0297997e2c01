/** What a function gets from a message (Azure documentation, "Azure Queue storage trigger for Azure Functions"). */
import type { BindingDefinition, InvocationInput, ManualInput } from '@aloft/kernel'
import type { TypedData } from '@aloft/wire'
import { never } from '../../queue/limits.ts'
import { isDeferred } from '../deferred.ts'
import { isoSeconds } from '../offset-time.ts'
import { decodeText } from './message-encoding.ts'
import type { QueueDelivery } from './queue-access.ts'

/** What is known of a message beside its content. */
export type MessageFacts = Omit<QueueDelivery, 'text' | 'traceParent'>

/**
 * The input of one invocation; undefined when the function expects text and the message is none.
 * @param content decoded
 */
export function queueInput(
  queue: string,
  binding: BindingDefinition,
  message: QueueDelivery,
  content: Buffer,
): InvocationInput | undefined {
  const input = messageInput(binding, message, content)
  return (
    input && {
      ...input,
      reason: `New queue message detected on '${queue}'.`,
      occurredAt: message.insertedAt,
      details: {
        MessageId: message.id,
        DequeueCount: String(message.dequeueCount),
        InsertionTime: isoSeconds(message.insertedAt, '.000'),
      },
      ...(message.traceParent !== '' && { traceParent: message.traceParent }),
    }
  )
}

/** The part of it that does not depend on how the message came. */
export function messageInput(
  binding: BindingDefinition,
  message: MessageFacts,
  content: Buffer,
): ManualInput | undefined {
  const text = decodeText(content)
  const data = dataOf(binding, message, content, text)
  return (
    data && { data, metadata: metadataOf(message, text), bindingData: () => bindingDataOf(message, text) }
  )
}

function dataOf(
  binding: BindingDefinition,
  message: MessageFacts,
  content: Buffer,
  text: string | undefined,
): TypedData | undefined {
  if (isDeferred(binding)) return { modelBindingData: modelOf(message, text ?? content.toString('base64')) }
  if (binding.dataType === 'binary' || binding.dataType === 'stream') return { bytes: content }
  return text === undefined ? undefined : { string: text }
}

/** As the official extension writes it (`QueueTriggerBinding.ConvertToParameterBindingData`). */
function modelOf(message: MessageFacts, text: string) {
  const content = {
    MessageId: message.id,
    PopReceipt: message.popReceipt,
    MessageText: text,
    DequeueCount: message.dequeueCount,
    NextVisibleOn: isoSeconds(message.visibleAt),
    InsertedOn: isoSeconds(message.insertedAt),
    ExpiresOn: isoSeconds(message.expiresAt ?? never),
  }
  return {
    version: '1.0',
    source: 'AzureStorageQueues',
    contentType: 'application/json',
    content: Buffer.from(JSON.stringify(content)),
  }
}

function metadataOf(message: MessageFacts, text: string | undefined): Record<string, TypedData> {
  const { id, popReceipt, dequeueCount, insertedAt, visibleAt, expiresAt = never } = message
  const metadata: Record<string, TypedData> = {
    DequeueCount: { json: String(dequeueCount) },
    ExpirationTime: { json: `"${isoSeconds(expiresAt)}"` },
    Id: { string: id },
    InsertionTime: { json: `"${isoSeconds(insertedAt)}"` },
    NextVisibleTime: { json: `"${isoSeconds(visibleAt)}"` },
    PopReceipt: { string: popReceipt },
  }
  if (text === undefined) return metadata
  metadata.QueueTrigger = { string: text }
  addMembers(metadata, text)
  return metadata
}

/** The host adds the members of a JSON object, arrays and nulls left out, also over the trigger's own values. */
function addMembers(metadata: Record<string, TypedData>, text: string): void {
  if (!/^\s*\{/.test(text)) return
  const own = new Map(Object.keys(metadata).map((name) => [name.toLowerCase(), name]))
  for (const [member, value] of Object.entries(parseObject(text))) {
    if (value === null || Array.isArray(value)) continue
    const name = own.get(member.toLowerCase()) ?? member
    if (typeof value === 'object') metadata[name] = { json: JSON.stringify(value) }
    else if (typeof value === 'boolean') metadata[name] = { string: value ? 'True' : 'False' }
    else metadata[name] = { string: String(value) }
  }
}

function parseObject(text: string): object {
  try {
    return JSON.parse(text)
  } catch {
    return {} // Any text may be sent; one that is not JSON just has no members.
  }
}

function bindingDataOf(message: MessageFacts, text: string | undefined): Record<string, unknown> {
  return {
    ...(text !== undefined && { QueueTrigger: text }),
    DequeueCount: message.dequeueCount,
    ExpirationTime: new Date(message.expiresAt ?? never),
    Id: message.id,
    InsertionTime: new Date(message.insertedAt),
    NextVisibleTime: new Date(message.visibleAt),
    PopReceipt: message.popReceipt,
  }
}
