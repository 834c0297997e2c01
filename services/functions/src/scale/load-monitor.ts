/**
 * The load of the host and an app's workers, sampled once a second while it matters.
 * Source: `DefaultHostProcessMonitor` of the WebJobs SDK; in the place of its starving thread pool stands the event loop.
 */
import type { Clock } from '@aloft/kernel'
import type { ConcurrencyConfiguration } from '../contracts.ts'
import type { ProcessReadings } from './process-readings.ts'
import type { Finding } from './throttle.ts'

/** So many samples are looked at together, and as many must be there. */
const sampleCount = 5
/** A timer that comes so much too late shows that the event loop has no time. */
const mostLagMs = 500

export interface LoadMonitorOptions {
  readonly clock: Clock
  readonly readings: ProcessReadings
  readonly limits: Pick<ConcurrencyConfiguration, 'cpuThreshold' | 'memoryThreshold' | 'totalMemoryBytes'>
  readonly coreCount: number
  /** The app's workers; the host itself is always looked at. */
  readonly workerProcessIds: () => readonly number[]
}

interface Times {
  readonly at: number
  /** Milliseconds by process; the host's own is that of id 0. */
  readonly cpuMs: ReadonlyMap<number, number>
}

export class LoadMonitor {
  readonly #options: LoadMonitorOptions
  #last: Times | undefined
  /** Percent of all cores' time, oldest first. */
  #loads: number[] = []

  constructor(options: LoadMonitorOptions) {
    this.#options = options
  }

  /** What was sampled says nothing any more. */
  reset(): void {
    this.#last = undefined
    this.#loads = []
  }

  /** @param lagMs by how much the timer that calls this is late */
  sample(lagMs: number): Finding {
    this.#sampleCpu()
    const exceeded = [
      ...(this.#isCpuExceeded() ? ['CPU'] : []),
      ...(this.#isMemoryExceeded() ? ['Memory'] : []),
      ...(lagMs > mostLagMs ? ['EventLoop'] : []),
    ]
    if (exceeded.length > 0) return { state: 'closed', exceeded }
    return { state: this.#loads.length < sampleCount ? 'unknown' : 'open', exceeded }
  }

  #sampleCpu(): void {
    const { clock, readings, coreCount, workerProcessIds } = this.#options
    const cpuMs = new Map([[0, readings.ownCpuMs()]])
    for (const id of workerProcessIds()) {
      const ms = readings.cpuMs(id)
      if (ms !== undefined) cpuMs.set(id, ms)
    }
    const last = this.#last
    this.#last = { at: clock.elapsed(), cpuMs }
    if (!last || this.#last.at <= last.at) return
    let spentMs = 0
    for (const [id, ms] of cpuMs) spentMs += ms - (last.cpuMs.get(id) ?? ms)
    const load = (100 * spentMs) / (coreCount * (this.#last.at - last.at))
    this.#loads = [...this.#loads.slice(1 - sampleCount), Math.min(100, load)]
  }

  #isCpuExceeded(): boolean {
    if (this.#loads.length < sampleCount) return false
    const average = this.#loads.reduce((sum, load) => sum + load, 0) / this.#loads.length
    return average >= 100 * this.#options.limits.cpuThreshold
  }

  #isMemoryExceeded(): boolean {
    const { limits, readings, workerProcessIds } = this.#options
    if (limits.totalMemoryBytes === undefined) return false
    const bytes = readings.ownResidentBytes() + (readings.residentBytes(workerProcessIds()) ?? 0)
    return bytes >= limits.totalMemoryBytes * limits.memoryThreshold
  }
}
