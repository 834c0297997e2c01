/** `aloft storage peek` and `send`: messages of a queue. */
import { UserError } from '@aloft/kernel'
import { asking } from './refusal.ts'
import { fewTries } from './retries.ts'
import type { StorageCall } from './storage-call.ts'

const mostPeeked = 32

/** `QUEUE`: its next messages, which stay where they are. */
export async function peek({
  operands,
  connection,
  options,
  context: { terminal },
}: StorageCall): Promise<void> {
  const queue = queueOf(operands, 'peek QUEUE')
  const { QueueClient } = await import('@azure/storage-queue')
  const client = new QueueClient(connection, queue, fewTries)
  const numberOfMessages = Math.min(options.top ?? mostPeeked, mostPeeked)
  const { peekedMessageItems } = await asking(() => client.peekMessages({ numberOfMessages }))
  const messages = peekedMessageItems.map(({ messageId, insertedOn, dequeueCount, messageText }) => ({
    id: messageId,
    inserted: insertedOn.toISOString(),
    dequeueCount,
    text: readable(messageText),
  }))
  if (options.json) terminal.write(`${JSON.stringify(messages, null, 2)}\n`)
  else if (messages.length === 0) terminal.write(`${queue} has no message that can be seen now.\n`)
  else
    for (const { id, inserted, dequeueCount, text } of messages)
      terminal.write(`${terminal.colors.dim(`${inserted}  ${id}  taken ${dequeueCount} times`)}\n${text}\n`)
}

/** `QUEUE TEXT`: puts a message, in base64 as queue triggers expect it. Makes the queue when it is missing. */
export async function send({ operands, connection, context: { terminal } }: StorageCall): Promise<void> {
  const queue = queueOf(operands, 'send QUEUE TEXT')
  const [, text] = operands
  if (text === undefined) throw new UserError('Which text?', { hint: 'Usage: aloft storage send QUEUE TEXT' })
  const { QueueClient } = await import('@azure/storage-queue')
  const client = new QueueClient(connection, queue, fewTries)
  const { messageId } = await asking(async () => {
    await client.createIfNotExists()
    return client.sendMessage(Buffer.from(text).toString('base64'))
  })
  terminal.write(`${messageId}\n`)
}

function queueOf([queue]: readonly string[], usage: string): string {
  if (queue === undefined) throw new UserError('Which queue?', { hint: `Usage: aloft storage ${usage}` })
  return queue
}

/** Functions put base64 into queues; what reads as text after decoding is shown as that. */
function readable(text: string): string {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text) || text.length % 4 !== 0) return text
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(text, 'base64'))
  } catch {
    return text
  }
}
