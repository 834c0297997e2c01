/** `queue`: what a function gives becomes messages, all in one transaction. */
import { currentTrace, formatTraceParent, type OutputExtension, UserError } from '@aloft/kernel'
import { maxTextBytes } from '../../queue/limits.ts'
import { isMessageText } from '../../queue/message-xml.ts'
import { requiredText } from '../binding-option.ts'
import { encodeMessage } from './message-encoding.ts'
import { queueNameOf } from './queue-binding.ts'
import type { QueueConnections } from './queue-connections.ts'

export function queueOutput(connections: QueueConnections): OutputExtension {
  return {
    type: 'queue',
    validate(binding, app) {
      // A name with expressions is known when the function runs.
      if (!requiredText(binding, 'queueName').includes('{')) queueNameOf(binding)
      connections.options(app)
      connections.access(app, binding)
    },
    async write(binding, values, { app }) {
      const queue = queueNameOf(binding)
      const { messageEncoding } = connections.options(app)
      const texts = values.map((value) => encodeMessage(value, messageEncoding))
      for (const text of texts) checkMessage(queue, text)
      const span = currentTrace()
      await connections.access(app, binding).send(queue, texts, span && formatTraceParent(span))
    },
  }
}

function checkMessage(queue: string, text: string): void {
  if (!isMessageText(text))
    throw new UserError(`A message for the queue '${queue}' has control characters, which cannot be sent.`, {
      hint: "Encode it, or set 'extensions.queues.messageEncoding' of host.json to 'base64'.",
    })
  const length = Buffer.byteLength(text)
  if (length <= maxTextBytes) return
  throw new UserError(
    `A message for the queue '${queue}' has ${length} bytes as it is sent, and at most ${maxTextBytes} are allowed.`,
    { hint: 'Put large content into a blob, and its name into the message.' },
  )
}
