/** What one function did in one minute, while it is counted. */
import { billedDurationMs, billedMemoryMb } from './billing.ts'
import {
  countDuration,
  type DurationHistogram,
  emptyHistogram,
  formatHistogram,
} from './duration-histogram.ts'
import type { UsageRow } from './usage-rows.ts'

export interface UsageCell {
  readonly app: string
  readonly functionName: string
  /** Minutes since 1970. */
  readonly minute: number
  executions: number
  failures: number
  durationMs: number
  longestMs: number
  billedMs: number
  units: number
  /** Billed milliseconds for which the memory is still to be looked at. */
  unpricedMs: number
  readonly durations: DurationHistogram
  /** Whether it has counted something since it was written last. */
  isChanged: boolean
}

export function newCell(app: string, functionName: string, minute: number): UsageCell {
  return {
    app,
    functionName,
    minute,
    executions: 0,
    failures: 0,
    durationMs: 0,
    longestMs: 0,
    billedMs: 0,
    units: 0,
    unpricedMs: 0,
    durations: emptyHistogram(),
    isChanged: false,
  }
}

/** @param averageMb its memory when that is known already; undefined = as it will be seen next */
export function countExecution(
  cell: UsageCell,
  durationMs: number,
  isSuccess: boolean,
  averageMb: number | undefined,
): void {
  const billedMs = billedDurationMs(durationMs)
  cell.executions++
  if (!isSuccess) cell.failures++
  cell.durationMs += durationMs
  if (durationMs > cell.longestMs) cell.longestMs = durationMs
  cell.billedMs += billedMs
  if (averageMb === undefined) cell.unpricedMs += billedMs
  else cell.units += billedMs * billedMemoryMb(averageMb)
  countDuration(cell.durations, durationMs)
}

/** The executions whose memory was not known had `shareMb` each. */
export function priceCell(cell: UsageCell, shareMb: number): void {
  cell.units += cell.unpricedMs * billedMemoryMb(shareMb)
  cell.unpricedMs = 0
}

export function rowOf(cell: UsageCell, instance: string): UsageRow {
  return {
    minute: cell.minute,
    app: cell.app,
    function_name: cell.functionName,
    instance,
    executions: cell.executions,
    failures: cell.failures,
    duration_ms: cell.durationMs,
    longest_ms: cell.longestMs,
    billed_ms: cell.billedMs,
    units: cell.units,
    durations: formatHistogram(cell.durations),
  }
}
