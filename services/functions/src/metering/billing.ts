/**
 * What Azure's Consumption plan bills for one execution: memory times time, both rounded up.
 * Source: Microsoft Learn, "Estimating Consumption-based costs" (functions-consumption-costs).
 */

/** One megabyte here is 2^20 bytes, one gigabyte 1024 of them. */
export const bytesPerMb = 2 ** 20

const memoryStepMb = 128
const leastMemoryMb = 128
/** The size of an instance. */
const mostMemoryMb = 1536
const leastMs = 100
const unitsPerGbSecond = 1_024_000

/** Megabytes that are billed for an execution that took `averageMb` on average. */
export function billedMemoryMb(averageMb: number): number {
  const stepped = Math.ceil(averageMb / memoryStepMb) * memoryStepMb
  return Math.min(mostMemoryMb, Math.max(leastMemoryMb, stepped))
}

/** Milliseconds that are billed for an execution of `durationMs`. */
export function billedDurationMs(durationMs: number): number {
  return Math.max(leastMs, Math.ceil(durationMs))
}

/** Execution units (megabytes times milliseconds, Azure's metric `FunctionExecutionUnits`) in GB-seconds. */
export function toGbSeconds(units: number): number {
  return units / unitsPerGbSecond
}
