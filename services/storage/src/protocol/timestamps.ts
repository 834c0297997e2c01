/**
 * Timestamps of 100 ns, as Azure's ETags, snapshots and table rows have them. A tick is a safe integer that SQLite
 * keeps as it is: 100 ns units since 2030, exact from 2001 to 2058, ordered as time is.
 */
import type { Clock } from '@aloft/kernel'

const epochMs = Date.UTC(2030, 0, 1)
const ticksPerMs = 10_000
/** 2030 in .NET's ticks, which count from the year 1. */
const epochDotnetTicks = (BigInt(epochMs) + 62_135_596_800_000n) * 10_000n

/** Makes ticks that are unique in this process and always increase, also within one millisecond. */
export class TickSource {
  readonly #clock: Pick<Clock, 'now'>
  #last = Number.NEGATIVE_INFINITY

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock
  }

  /**
   * @param after the tick of the resource that is changed: the result is greater, also when the clock went back
   * over a restart
   */
  next(after = Number.NEGATIVE_INFINITY): number {
    this.#last = Math.max(ticksOf(this.#clock.now()), this.#last + 1, after + 1)
    return this.#last
  }
}

/** @param time milliseconds since 1970 */
export function ticksOf(time: number): number {
  return Math.floor((time - epochMs) * ticksPerMs)
}

/** Milliseconds since 1970, without a fraction. */
export function timeOfTicks(ticks: number): number {
  return Math.floor(ticks / ticksPerMs) + epochMs
}

/** A quoted ETag, e.g. `"0x8DE489C1A2B3C4D"`. */
export function etagOfTicks(ticks: number): string {
  return `"0x${(BigInt(ticks) + epochDotnetTicks).toString(16).toUpperCase()}"`
}

/** Seven digits after the point: `2026-01-01T00:00:00.1234567Z`. */
export function isoOfTicks(ticks: number): string {
  const ms = Math.floor(ticks / ticksPerMs)
  const rest = ticks - ms * ticksPerMs
  return `${new Date(ms + epochMs).toISOString().slice(0, -1)}${String(rest).padStart(4, '0')}Z`
}

const isoTicksForm = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d{1,7}))?Z$/

/** The inverse of `isoOfTicks`; fewer digits are taken as well. Undefined for anything else. */
export function parseIsoTicks(text: string): number | undefined {
  const match = isoTicksForm.exec(text)
  if (!match) return undefined
  const [, seconds, fraction = ''] = match
  const time = Date.parse(`${seconds}Z`)
  return Number.isNaN(time) ? undefined : ticksOf(time) + Number(fraction.padEnd(7, '0'))
}
