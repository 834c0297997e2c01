/** Azure Queue Storage: the domain (`QueueCatalog`, `QueueMessages`) and its operations over HTTP. */
import { ensureError } from '@aloft/kernel'
import type { ServiceContext, ServiceRoom } from '../contracts.ts'
import { QueueCatalog } from './queue-catalog.ts'
import { QueueMessages } from './queue-messages.ts'
import { queueProtocol } from './queue-protocol.ts'
import type { QueueStore } from './queue-store.ts'
import { queueMigration } from './schema.ts'

export type { QueueCatalog } from './queue-catalog.ts'
export type { QueueMessages } from './queue-messages.ts'
export type { QueueStore } from './queue-store.ts'

/** Expired messages are out of sight at once; this is about their room on the disk. */
const sweepPeriodMs = 3_600_000
const sweptAtOnce = 1000

/** Opens the queues of all accounts. */
export async function queueService(context: ServiceContext): Promise<ServiceRoom<QueueStore>> {
  const { engine, clock, log } = context
  await engine.database.migrate(queueMigration)
  const store = { catalog: new QueueCatalog(engine), messages: new QueueMessages(engine, clock) }
  let sweeping: Promise<void> = Promise.resolve()
  const timer = clock
    .every(sweepPeriodMs, () => {
      sweeping = sweep(context).catch((error: unknown) =>
        log.warn(`Expired messages could not be removed: ${ensureError(error).message}`),
      )
    })
    .unref()
  return {
    protocol: queueProtocol(store),
    store,
    removeAccount: (account) => store.catalog.deleteAll(account),
    close: () => {
      timer.cancel()
      return sweeping
    },
  }
}

async function sweep({ engine }: ServiceContext): Promise<void> {
  let count: number
  do count = await engine.database.write((transaction) => engine.queues.sweep(transaction, sweptAtOnce))
  while (count === sweptAtOnce)
}
