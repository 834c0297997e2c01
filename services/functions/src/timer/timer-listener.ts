/** Runs a function when its schedule says so, on one host at a time. */
import type { Engine } from '@aloft/engine'
import {
  type Clock,
  ensureError,
  type InvocationInput,
  type Logger,
  type TriggerContext,
  type TriggerListener,
} from '@aloft/kernel'
import type { Schedule } from './schedule.ts'
import { acquireSingleton, type Holding, type SingletonOptions } from './singleton.ts'
import { formatOccurrence, formatRoundTrip } from './time-text.ts'
import type { TimeZone } from './time-zone.ts'
import { timerInput } from './timer-info.ts'
import {
  beginStatus,
  readStatus,
  type TimerKey,
  type TimerStatus,
  timerMigration,
  writeStatus,
} from './timer-status.ts'

/** A timer binding, understood. */
export interface TimerOptions {
  readonly schedule: Schedule
  readonly zone: TimeZone
  readonly isRunOnStartup: boolean
  /** Whether runs that no host was there for are made up for. */
  readonly isMonitored: boolean
}

export interface TimerListenerOptions {
  readonly engine: Engine
  readonly clock: Clock
  readonly context: TriggerContext
  readonly timer: TimerOptions
  readonly lockPeriodMs: number
  readonly lockRecoveryMs: number
}

/** Why a run takes place; `undefined` = it is due. */
type Unscheduled = 'IsPastDue' | 'RunOnStartup' | undefined

/** Timers of a sleeping machine stand still, so its clock is looked at this often. */
const longestNapMs = 60_000

/** Pause before the listener tries again what the database refused. */
const recoveryPauseMs = 5000

/** How many occurrences the log announces. */
const announcedCount = 5

export class TimerListener implements TriggerListener {
  readonly #options: TimerListenerOptions
  readonly #key: TimerKey
  readonly #log: Logger
  readonly #stopping = new AbortController()
  #ended: Promise<void> = Promise.resolve()
  #isStartupDone = false

  constructor(options: TimerListenerOptions) {
    this.#options = options
    const { app, function: definition, log } = options.context
    this.#key = { hostId: app.hostId, functionName: definition.name }
    this.#log = log.child('Host.Triggers.Timer')
  }

  async start(): Promise<void> {
    await this.#options.engine.database.migrate(timerMigration)
    this.#ended = this.#run(this.#stopping.signal)
  }

  /** A run in hand keeps the lease until it ends, also when `signal` aborts first. */
  async stop(signal: AbortSignal): Promise<void> {
    this.#stopping.abort()
    await Promise.race([this.#ended, aborted(signal)])
  }

  /** Again and again: waits for the lease, then runs the timer for as long as it is held. */
  async #run(stopping: AbortSignal): Promise<void> {
    while (!stopping.aborted) {
      try {
        const holding = await acquireSingleton(this.#singleton(), stopping)
        if (holding) await this.#runHolding(holding, stopping)
      } catch (thrown) {
        const error = ensureError(thrown)
        this.#log.error(`The timer of '${this.#key.functionName}' failed: ${error.message}`, error)
        await this.#options.clock.sleep(recoveryPauseMs, stopping).catch(() => undefined)
      }
    }
  }

  async #runHolding(holding: Holding, stopping: AbortSignal): Promise<void> {
    const ended = AbortSignal.any([stopping, holding.lost])
    try {
      if (!ended.aborted) await this.#runTimer(holding, ended)
    } finally {
      await holding.release()
    }
  }

  async #runTimer(holding: Holding, ended: AbortSignal): Promise<void> {
    let status = await this.#begin(holding)
    let occasion = this.#startupOccasion(status)
    while (occasion || (await this.#isDue(status.next, ended))) {
      if (ended.aborted || !(await holding.confirm())) return
      status = await this.#fire(status, occasion)
      occasion = undefined
      if (await holding.confirm()) await this.#store(holding, status)
    }
  }

  /** The status to go on from, brought up to date with the schedule and stored. */
  async #begin(holding: Holding): Promise<TimerStatus> {
    const { engine, clock, timer } = this.#options
    const { schedule, zone, isMonitored } = timer
    const name = this.#key.functionName
    this.#log.debug(
      `The '${name}' timer is using the schedule '${schedule.text}' and the local time zone: '${zone.name}'`,
    )
    const stored = isMonitored ? await readStatus(engine.database, this.#key) : undefined
    if (stored) this.#log.debug(`Function '${name}' initial status: ${describe(stored, zone)}`)
    const status = beginStatus(stored, schedule, clock.now())
    if (status !== stored) await this.#store(holding, status)
    this.#announce(clock.now())
    return status
  }

  #announce(now: number): void {
    const { schedule, zone } = this.#options.timer
    const lines: string[] = []
    for (let at = now; lines.length < announcedCount; ) {
      at = schedule.next(at)
      lines.push(formatOccurrence(at, zone))
    }
    const name = this.#key.functionName
    this.#log.info(
      `The next ${announcedCount} occurrences of the '${name}' schedule (${schedule.text}) will be:\n${lines.join('\n')}`,
    )
  }

  /** Only a stored status can be past due here: a new one lies in the future. */
  #startupOccasion(status: TimerStatus): Unscheduled {
    const isFirst = !this.#isStartupDone
    this.#isStartupDone = true
    const name = this.#key.functionName
    if (this.#options.clock.now() > status.next) {
      this.#log.debug(`Function '${name}' is past due on startup. Executing now.`)
      return 'IsPastDue'
    }
    if (!isFirst || !this.#options.timer.isRunOnStartup) return undefined
    this.#log.debug(`Function '${name}' is configured to run on startup. Executing now.`)
    return 'RunOnStartup'
  }

  /** Waits until `time`; false when `signal` aborts first. */
  async #isDue(time: number, signal: AbortSignal): Promise<boolean> {
    const { clock } = this.#options
    while (!signal.aborted) {
      const leftMs = time - clock.now()
      if (leftMs <= 0) return true
      await clock.sleep(Math.min(leftMs, longestNapMs), signal).catch(() => undefined)
    }
    return false
  }

  /**
   * Runs the function once. The next run is computed from the start of this one, so that a run which takes longer
   * than the interval is followed at once by a single one for all that fell due meanwhile.
   */
  async #fire(status: TimerStatus, occasion: Unscheduled): Promise<TimerStatus> {
    const { clock, context, timer } = this.#options
    const startedAt = clock.now()
    try {
      await context.invoke(this.#inputOf(status, occasion, startedAt))
    } catch (thrown) {
      const error = ensureError(thrown)
      this.#log.error(`Error occurred during scheduled invocation for '${this.#key.functionName}'.`, error)
    }
    return { last: startedAt, next: timer.schedule.next(startedAt), lastUpdated: startedAt }
  }

  #inputOf(status: TimerStatus, occasion: Unscheduled, now: number): InvocationInput {
    const { schedule, zone, isMonitored } = this.#options.timer
    const isPastDue = occasion === 'IsPastDue'
    const details = {
      ...(occasion && { UnscheduledInvocationReason: occasion }),
      ...(isPastDue && { OriginalSchedule: formatRoundTrip(status.next, zone) }),
    }
    return {
      ...timerInput({ schedule, zone, status: isMonitored ? status : undefined, isPastDue, now }),
      reason: `Timer fired at ${formatRoundTrip(now, zone)}`,
      ...(occasion && { details }),
    }
  }

  /** A status that cannot be stored does not stop the timer: at worst a run is repeated after a restart. */
  async #store(holding: Holding, status: TimerStatus): Promise<void> {
    const { zone, isMonitored } = this.#options.timer
    if (!isMonitored) return
    try {
      await holding.write((transaction) => writeStatus(transaction, this.#key, status, zone))
      this.#log.debug(`Function '${this.#key.functionName}' updated status: ${describe(status, zone)}`)
    } catch (thrown) {
      const error = ensureError(thrown)
      this.#log.error(
        `Function '${this.#key.functionName}' failed to update the timer trigger status.`,
        error,
      )
    }
  }

  #singleton(): SingletonOptions {
    const { engine, clock, lockPeriodMs, lockRecoveryMs } = this.#options
    const { hostId, functionName } = this.#key
    const name = `${hostId}/Host.Functions.${functionName}.Listener`
    return { engine, clock, log: this.#log, name, periodMs: lockPeriodMs, recoveryMs: lockRecoveryMs }
  }
}

function describe({ last, next, lastUpdated }: TimerStatus, zone: TimeZone): string {
  const text = (time: number | undefined) => (time === undefined ? '' : formatRoundTrip(time, zone))
  return `Last='${text(last)}', Next='${text(next)}', LastUpdated='${text(lastUpdated)}'`
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}
