/** host.json `concurrency`, `healthMonitor` and `singleton`: how the host runs, whatever the functions do. */
import type {
  ConcurrencyConfiguration,
  HealthMonitorConfiguration,
  SingletonConfiguration,
} from '../contracts.ts'
import {
  findEntry,
  readBoolean,
  readInteger,
  readNumber,
  readTimeSpanMs,
  type Section,
  wrongValue,
} from './config-section.ts'

/** SDK `ConcurrencyOptions`. */
export function readConcurrency(section: Section): ConcurrencyConfiguration {
  const maximum = findEntry(section.values, 'maximumFunctionConcurrency')
  const maximumPerFunction = readInteger(section, 'maximumFunctionConcurrency', { minimum: -1 }) ?? 500
  if (maximum && maximumPerFunction === 0) throw wrongValue(section, maximum, '-1, or at least 1')
  const totalBytes = readInteger(section, 'totalAvailableMemoryBytes', {
    minimum: -1,
    maximum: Number.MAX_SAFE_INTEGER,
  })
  return {
    isDynamic: readBoolean(section, 'dynamicConcurrencyEnabled') ?? false,
    keepsSnapshots: readBoolean(section, 'snapshotPersistenceEnabled') ?? true,
    maximumPerFunction: maximumPerFunction === -1 ? Number.POSITIVE_INFINITY : maximumPerFunction,
    cpuThreshold: readNumber(section, 'cpuThreshold', { minimum: 0.01, maximum: 0.99 }) ?? 0.8,
    memoryThreshold: readNumber(section, 'memoryThreshold', { minimum: 0.01, maximum: 0.99 }) ?? 0.8,
    totalMemoryBytes: totalBytes === undefined || totalBytes <= 0 ? undefined : totalBytes,
  }
}

/** Host `HostHealthMonitorOptions`. */
export function readHealthMonitor(section: Section): HealthMonitorConfiguration {
  return {
    isEnabled: readBoolean(section, 'enabled') ?? true,
    intervalMs: readTimeSpanMs(section, 'healthCheckInterval', { minimum: 1000 }) ?? 10_000,
    windowMs: readTimeSpanMs(section, 'healthCheckWindow', { minimum: 1000 }) ?? 120_000,
    threshold: readInteger(section, 'healthCheckThreshold', { minimum: 1 }) ?? 6,
    counterThreshold: readNumber(section, 'counterThreshold', { minimum: 0, maximum: 1 }) ?? 0.8,
  }
}

/** SDK `SingletonOptions`; the limits are those of a blob's lease. */
export function readSingleton(section: Section): SingletonConfiguration {
  const period = { minimum: 15_000, maximum: 60_000 }
  // Only functions with .NET's [Singleton] attribute wait for locks in this way; a wrong value is worth a word all the same.
  readTimeSpanMs(section, 'lockAcquisitionTimeout', { minimum: 1 })
  readTimeSpanMs(section, 'lockAcquisitionPollingInterval', { minimum: 500 })
  return {
    lockPeriodMs: readTimeSpanMs(section, 'lockPeriod', period) ?? 15_000,
    listenerLockPeriodMs: readTimeSpanMs(section, 'listenerLockPeriod', period) ?? 60_000,
    listenerLockRecoveryMs:
      readTimeSpanMs(section, 'listenerLockRecoveryPollingInterval', { minimum: 15_000 }) ?? 60_000,
  }
}
