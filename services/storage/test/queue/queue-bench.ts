/** Queue Storage on a clock that stands still, without HTTP. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type Engine, openEngine } from '@aloft/engine'
import { Logger } from '@aloft/kernel'
import { VirtualClock } from '@aloft/kernel/testing'
import type { StorageProtocol } from '../../src/contracts.ts'
import { defaultServiceProperties } from '../../src/protocol/service-properties.ts'
import { type QueueCatalog, type QueueMessages, queueService } from '../../src/queue/index.ts'
import { parsePopReceipt } from '../../src/queue/message-id.ts'
import type { HeldMessage } from '../../src/queue/queue-messages.ts'
import type { QueueAddress } from '../../src/queue/queue-row.ts'

export interface QueueBench {
  readonly clock: VirtualClock
  readonly engine: Engine
  readonly protocol: StorageProtocol
  readonly catalog: QueueCatalog
  readonly messages: QueueMessages
}

export const orders: QueueAddress = { account: 'devstoreaccount1', queue: 'orders' }

export async function openQueueBench(): Promise<QueueBench & { close(): Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), 'aloft-queue-'))
  const clock = new VirtualClock()
  const log = new Logger(clock, [])
  const engine = await openEngine({ directory, clock, log })
  const service = await queueService({ engine, clock, log, properties: () => defaultServiceProperties })
  return {
    clock,
    engine,
    protocol: service.protocol,
    ...service.store,
    close: async () => {
      await service.close?.()
      await engine.close()
      await rm(directory, { recursive: true })
    },
  }
}

/** Declares a test that gets queues of its own, among them an empty `orders`. */
export function testQueue(
  name: string,
  body: (bench: QueueBench, context: TestContext) => Promise<void>,
): void {
  test(name, async (context) => {
    const bench = await openQueueBench()
    try {
      await bench.catalog.create(orders, {})
      await body(bench, context)
    } finally {
      await bench.close()
    }
  })
}

/** What a client that got this message has in hand. */
export function held({ id, popReceipt }: { id: string; popReceipt: string }): HeldMessage {
  const receipt = parsePopReceipt(popReceipt)
  if (!receipt) throw new Error(`No receipt: ${popReceipt}`)
  return { id, receipt }
}

/** For `assert.rejects`: an error of the protocol. */
export function failsWith(code: string): { name: string; code: string } {
  return { name: 'StorageError', code }
}
