/** `queueTrigger`: runs a function for every message of a queue. */
import { type Clock, newId, type TriggerExtension } from '@aloft/kernel'
import { defaultTtlSeconds } from '../../queue/limits.ts'
import { queueNameOf } from './queue-binding.ts'
import type { QueueConnections } from './queue-connections.ts'
import { messageInput } from './queue-input.ts'
import { QueueListener } from './queue-listener.ts'

export function queueTrigger(connections: QueueConnections, clock: Clock): TriggerExtension {
  return {
    type: 'queueTrigger',
    validate(binding, app) {
      queueNameOf(binding)
      connections.options(app)
      connections.access(app, binding)
    },
    listen(context) {
      const { app, binding } = context
      const queue = queueNameOf(binding)
      const access = connections.access(app, binding)
      return new QueueListener({ access, queue, context, options: connections.options(app), clock })
    },
    async manualInput({ binding }, text) {
      const now = clock.now()
      const facts = {
        id: newId(),
        popReceipt: '',
        insertedAt: now,
        expiresAt: now + defaultTtlSeconds * 1000,
        visibleAt: now,
        dequeueCount: 0,
      }
      return messageInput(binding, facts, Buffer.from(text)) ?? { data: { string: text } }
    },
  }
}
