import { ensureError } from '@aloft/kernel'
import type { HubContext } from './hub-context.ts'
import type { InstanceFilter } from './task-hub.ts'

const periodMs = 60_000

/** Purges now and then what has ended long ago. Returns the way out. */
export function keepRetention(
  { clock, log, name, options }: HubContext,
  purge: (filter: InstanceFilter) => Promise<unknown>,
): () => void {
  if (options.retention.length === 0) return () => {}
  const run = async () => {
    for (const { status, keepMs } of options.retention)
      await purge({ completedTo: clock.now() - keepMs, ...(status && { statuses: [status] }) })
  }
  const timer = clock.every(periodMs, () => {
    run().catch((error: unknown) =>
      log.write('warning', `Old instances of task hub ${name} could not be purged`, {
        error: ensureError(error),
      }),
    )
  })
  return () => timer.cancel()
}
