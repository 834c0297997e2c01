/** How many worker processes an app has. */
import type { AppConfiguration } from '../contracts.ts'

/** The most that `FUNCTIONS_WORKER_PROCESS_COUNT` and dynamic worker concurrency make. */
export const mostWorkers = 10

/** `FUNCTIONS_WORKER_PROCESS_COUNT`. */
export function processCountOf(app: AppConfiguration): number {
  // Two processes cannot listen on one port.
  if (app.host.customHandler?.port !== undefined) return 1
  const wanted = Number.parseInt(app.context.setting('FUNCTIONS_WORKER_PROCESS_COUNT') ?? '1', 10)
  return Math.min(mostWorkers, Math.max(1, Number.isNaN(wanted) ? 1 : wanted))
}

/** `FUNCTIONS_WORKER_DYNAMIC_CONCURRENCY_ENABLED`; a fixed number of processes wins, and custom handlers have none. */
export function isWorkerScaling({ context, runtime }: AppConfiguration): boolean {
  const value = context.setting('FUNCTIONS_WORKER_DYNAMIC_CONCURRENCY_ENABLED')?.trim().toLowerCase()
  const isOn = value === '1' || value === 'true'
  return isOn && runtime !== 'custom' && !context.setting('FUNCTIONS_WORKER_PROCESS_COUNT')
}
