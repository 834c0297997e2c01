/**
 * Looks now and then at whether the host is about to run out of something, and takes the app down until that is over.
 * Sources: the host's `HostPerformanceManager` and `WebJobsScriptHostService`. Where that ends the whole process after
 * too many bad findings, here the app stays down: other apps live in this process, and nobody may start it again.
 */
import { type Clock, ensureError, formatTimeSpan, type Logger, type Timer } from '@aloft/kernel'
import type { HealthMonitorConfiguration } from '../contracts.ts'
import type { Counter } from './counters.ts'

/** The app as its health monitor steers it. */
export interface MonitoredApp {
  /** As of the generation in force. */
  readonly healthMonitor: HealthMonitorConfiguration
  /** Whether it refuses requests while the report is a bad one, monitored or not. */
  readonly refusesWhenOverloaded: boolean
  /** Whether it has workers, and answers. */
  readonly isUp: boolean
  /** Ends the workers; requests wait. `errors` of the app says why. */
  standDown(reason: string): Promise<void>
  /** Loads the app again, after `standDown`. */
  comeBack(): Promise<void>
}

export interface HealthMonitorOptions {
  readonly clock: Clock
  readonly log: Logger
  readonly app: MonitoredApp
  readonly readCounters: () => Promise<readonly Counter[]>
}

export interface HealthReport {
  /** `Unknown` before the first look, and while nothing is looked at. */
  readonly state: 'Unknown' | 'Healthy' | 'Unhealthy'
  readonly exceededCounters: readonly Counter['name'][]
  readonly counters: readonly Counter[]
  /** Bad findings within the window. */
  readonly unhealthyChecks: number
}

const unknown: HealthReport = { state: 'Unknown', exceededCounters: [], counters: [], unhealthyChecks: 0 }

export class HealthMonitor {
  readonly #options: HealthMonitorOptions
  /** When the bad findings were made. */
  #badAt: number[] = []
  #report = unknown
  #timer: Timer | undefined
  #isDown = false
  #hasStopped = false

  /** Begins at once. */
  constructor(options: HealthMonitorOptions) {
    this.#options = options
    this.#wait()
  }

  get report(): HealthReport {
    return this.#report
  }

  stop(): void {
    this.#hasStopped = true
    this.#timer?.cancel()
  }

  #wait(): void {
    if (this.#hasStopped) return
    const { clock, app } = this.#options
    this.#timer = clock.after(app.healthMonitor.intervalMs, () => void this.#check()).unref()
  }

  async #check(): Promise<void> {
    const { app, log } = this.#options
    try {
      const { isEnabled } = app.healthMonitor
      if (!(isEnabled || app.refusesWhenOverloaded) || !(app.isUp || this.#isDown)) this.#report = unknown
      else {
        const report = await this.#look()
        if (isEnabled) await this.#act(report)
        else if (report.state === 'Unhealthy')
          log.warn(
            `Thresholds for the following counters have been exceeded: [${report.exceededCounters.join(', ')}]. HTTP requests are refused.`,
          )
      }
    } catch (thrown) {
      const error = ensureError(thrown)
      log.error(`The health of the host could not be seen to: ${error.message}`, error)
    }
    this.#wait()
  }

  async #look(): Promise<HealthReport> {
    const { app, clock, readCounters } = this.#options
    const { counterThreshold, windowMs } = app.healthMonitor
    const counters = await readCounters()
    const exceededCounters = counters
      .filter(({ value, limit }) => limit !== undefined && limit > 0 && value / limit > counterThreshold)
      .map(({ name }) => name)
    const isBad = exceededCounters.length > 0
    const now = clock.elapsed()
    this.#badAt = [...this.#badAt.filter((at) => now - at < windowMs), ...(isBad ? [now] : [])]
    this.#report = {
      state: isBad ? 'Unhealthy' : 'Healthy',
      exceededCounters,
      counters,
      unhealthyChecks: this.#badAt.length,
    }
    return this.#report
  }

  async #act({ state, exceededCounters, unhealthyChecks }: HealthReport): Promise<void> {
    const { app, log } = this.#options
    if (this.#hasStopped) return
    if (state === 'Healthy') {
      if (!this.#isDown) return
      this.#isDown = false
      // A change of the app's files may have brought it up already.
      if (!app.isUp) await app.comeBack()
      return
    }
    const { threshold, windowMs } = app.healthMonitor
    const reason = `Host thresholds exceeded: [${exceededCounters.join(', ')}].`
    if (unhealthyChecks === threshold + 1)
      log.error(
        `Host unhealthy count exceeds the threshold of ${threshold} for time window ${formatTimeSpan(windowMs)}. ${reason}`,
      )
    if (!app.isUp) return
    log.error(`Host is unhealthy. Initiating a restart. ${reason}`)
    this.#isDown = true
    await app.standDown(reason)
  }
}
