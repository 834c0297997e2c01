/** The store's verbs that the service offers over HTTP only, for a process that has no port. */
import type { Engine } from '@aloft/engine'
import { Logger, systemClock } from '@aloft/kernel'
import type { BlobContext } from '../../src/blob/store/context.ts'
import { defaultServiceProperties } from '../../src/protocol/service-properties.ts'
import { TickSource } from '../../src/protocol/timestamps.ts'

export { appendBlock } from '../../src/blob/store/append-blob.ts'
export { getBlockList, putBlock, putBlockList } from '../../src/blob/store/blocks.ts'
export { copyWithin } from '../../src/blob/store/copy-blob.ts'
export { clearPages, putPages } from '../../src/blob/store/page-blob.ts'
export { putEmptyBlob } from '../../src/blob/store/put-blob.ts'

export function contextOf(engine: Engine): BlobContext {
  return {
    engine,
    clock: systemClock,
    log: new Logger(systemClock, []),
    ticks: new TickSource(systemClock),
    events: undefined,
    settings: () => ({
      softDeleteDays: undefined,
      containerSoftDeleteDays: undefined,
      hasVersions: false,
      website: defaultServiceProperties.staticWebsite,
    }),
    endpoint: () => '',
    resourceId: () => '',
    rehydrateMs: { Standard: 0, High: 0 },
    containerGone: () => {},
  }
}
