/** Dynamic concurrency as an app asks for it. */
import { availableParallelism } from 'node:os'
import type { Engine } from '@aloft/engine'
import type { Clock, Logger } from '@aloft/kernel'
import type { AppConfiguration } from '../contracts.ts'
import { ConcurrencySnapshots } from './concurrency-snapshots.ts'
import { DynamicConcurrency } from './dynamic-concurrency.ts'
import { LoadMonitor } from './load-monitor.ts'
import { systemReadings } from './process-readings.ts'

export interface OpenConcurrencyOptions {
  readonly engine: Pick<Engine, 'database'>
  readonly clock: Clock
  readonly log: Logger
  readonly isPrimary: () => boolean
  readonly workerProcessIds: () => readonly number[]
}

/** Undefined when host.json does not turn it on. */
export function openConcurrency(
  { host, context }: AppConfiguration,
  { engine, clock, log, isPrimary, workerProcessIds }: OpenConcurrencyOptions,
): DynamicConcurrency | undefined {
  const { concurrency: configuration } = host
  if (!configuration.isDynamic) return undefined
  const coreCount = availableParallelism()
  return new DynamicConcurrency({
    clock,
    log: log.child('Host.Concurrency'),
    configuration,
    monitor: new LoadMonitor({
      clock,
      readings: systemReadings,
      limits: configuration,
      coreCount,
      workerProcessIds,
    }),
    snapshots: new ConcurrencySnapshots(engine, context.hostId),
    coreCount,
    isPrimary,
  })
}
