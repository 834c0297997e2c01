import type { QueueCatalog } from './queue-catalog.ts'
import type { QueueMessages } from './queue-messages.ts'

/** Queue Storage in process, without HTTP. */
export interface QueueStore {
  readonly catalog: QueueCatalog
  readonly messages: QueueMessages
}
