/** The triggers and bindings of Storage for the Functions host. */
import type { Clock, FunctionsExtension } from '@aloft/kernel'
import { blobConnections } from './blob/blob-connections.ts'
import { blobInput } from './blob/blob-input.ts'
import { blobOutput } from './blob/blob-output.ts'
import { blobTrigger } from './blob/blob-trigger.ts'
import type { EmbeddedStorage } from './embedded-storage.ts'
import { hostFiles } from './host-files.ts'
import { queueConnections } from './queue/queue-connections.ts'
import { queueOutput } from './queue/queue-output.ts'
import { queueTrigger } from './queue/queue-trigger.ts'
import { tableConnections } from './table/table-connections.ts'
import { tableInput } from './table/table-input.ts'
import { tableOutput } from './table/table-output.ts'

export type { EmbeddedStorage } from './embedded-storage.ts'

export interface StorageFunctionsOptions {
  /** Undefined when this process has none: development storage is then another emulator's. */
  readonly storage: EmbeddedStorage | undefined
  readonly clock: Clock
}

export function storageFunctions({ storage, clock }: StorageFunctionsOptions): FunctionsExtension {
  const queues = queueConnections(storage, clock)
  const tables = tableConnections(storage)
  const blobs = blobConnections(storage, clock)
  const { trigger, webhook } = blobTrigger(blobs, queues, clock)
  return {
    triggers: [trigger, queueTrigger(queues, clock)],
    inputs: [blobInput(blobs), tableInput(tables)],
    outputs: [blobOutput(blobs), queueOutput(queues), tableOutput(tables)],
    webhooks: [webhook],
    hostFiles: hostFiles(blobs),
  }
}
