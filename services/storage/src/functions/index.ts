/** The triggers and bindings of Storage for the Functions host. */
import type { Clock, FunctionsExtension } from '@aloft/kernel'
import type { EmbeddedStorage } from './embedded-storage.ts'
import { queueConnections } from './queue/queue-connections.ts'
import { queueOutput } from './queue/queue-output.ts'
import { queueTrigger } from './queue/queue-trigger.ts'

export type { EmbeddedStorage } from './embedded-storage.ts'

export interface StorageFunctionsOptions {
  /** Undefined when this process has none: development storage is then another emulator's. */
  readonly storage: EmbeddedStorage | undefined
  readonly clock: Clock
}

export function storageFunctions({ storage, clock }: StorageFunctionsOptions): FunctionsExtension {
  const queues = queueConnections(storage, clock)
  return {
    triggers: [queueTrigger(queues, clock)],
    outputs: [queueOutput(queues)],
  }
}
