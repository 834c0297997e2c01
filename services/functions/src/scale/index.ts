/** How much work an app gets, and how many processes to do it. */
export type { ConcurrentTrigger, DynamicConcurrency } from './dynamic-concurrency.ts'
export { openConcurrency } from './open-concurrency.ts'
export { isWorkerScaling, processCountOf } from './process-count.ts'
export { memoryLimit, type ProcessReadings, systemReadings } from './process-readings.ts'
export { WorkerScaler } from './worker-scaler.ts'
