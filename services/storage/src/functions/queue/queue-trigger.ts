/** `queueTrigger`: runs a function for every message of a queue. */
import { type Clock, newId, type TriggerContext, type TriggerExtension } from '@aloft/kernel'
import { defaultTtlSeconds } from '../../queue/limits.ts'
import { poisonQueueOf, queueNameOf } from './queue-binding.ts'
import type { QueueConnections } from './queue-connections.ts'
import { messageInput, queueInput } from './queue-input.ts'
import { QueueListener, type QueueWork } from './queue-listener.ts'
import { describeQueueOptions } from './queue-options.ts'

export function queueTrigger(connections: QueueConnections, clock: Clock): TriggerExtension {
  return {
    type: 'queueTrigger',
    validate(binding, app) {
      queueNameOf(binding)
      connections.options(app)
      connections.access(app, binding)
    },
    hostOptions: (app) => ({
      section: 'queues',
      options: describeQueueOptions(connections.options(app)),
    }),
    listen(context) {
      const { app, binding, concurrency } = context
      const queue = queueNameOf(binding)
      const access = connections.access(app, binding)
      const options = connections.options(app)
      const log = context.log.child('Host.Triggers.Queue')
      const work = workOf(context, queue)
      return new QueueListener({ access, queue, work, options, concurrency, clock, log })
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

function workOf(context: TriggerContext, queue: string): QueueWork {
  return {
    poisonQueue: poisonQueueOf(queue),
    run(message, content) {
      const input = queueInput(queue, context.binding, message, content)
      if (!input) return "is not text. Set the trigger's 'dataType' to 'binary' to get its bytes."
      return context.invoke(input).then(({ status }) => (status === 'succeeded' ? 'done' : 'failed'))
    },
  }
}
