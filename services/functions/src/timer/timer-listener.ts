/**
 * Runs a function when its schedule says so, on one host at a time.
 *
 * Every host waits for the next occurrence by itself. When it comes, all ask for the timer's lease; who gets it
 * runs the function, renews the lease meanwhile, and gives it back together with the new status, by which the
 * others see that this occurrence is done. (The official host keeps a lease all the time, and only its owner waits:
 * a timer then stands still for a minute after a crash, and costs two writes a minute while it does nothing.)
 */
import type { Engine, Lease } from '@aloft/engine'
import {
  type Clock,
  ensureError,
  type HostFiles,
  type InvocationInput,
  type ListenerLockTimes,
  type Logger,
  newId,
  type TriggerContext,
  type TriggerListener,
} from '@aloft/kernel'
import type { Schedule } from './schedule.ts'
import { freedTopic, Holding } from './singleton.ts'
import { formatOccurrence, formatRoundTrip } from './time-text.ts'
import type { TimeZone } from './time-zone.ts'
import { timerInput } from './timer-info.ts'
import {
  readStatus,
  statusJson,
  type TimerKey,
  type TimerStatus,
  timerMigration,
  writeStatus,
} from './timer-status.ts'
import { decideTurn, type Occasion, type Verdict } from './timer-turn.ts'

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
  readonly lock: ListenerLockTimes
  /** Gets a copy of the status after every run. */
  readonly hostFiles: HostFiles | undefined
}

/** The lease, with what is to be done; or when another host's lease runs out. */
type Turn = { readonly lease: Lease; readonly verdict: Verdict } | { readonly busyUntil: number }

/** Timers of a sleeping machine stand still, so its clock is looked at this often. */
const longestNapMs = 60_000

/** Pause before the listener asks again for what the database refused, or another host holds on to. */
const shortestPauseMs = 1000

/** How many occurrences the log announces. */
const announcedCount = 5

export class TimerListener implements TriggerListener {
  readonly #options: TimerListenerOptions
  readonly #key: TimerKey
  readonly #leaseName: string
  readonly #owner = newId()
  readonly #log: Logger
  readonly #stopping = new AbortController()
  #freed = new AbortController()
  #ended: Promise<void> = Promise.resolve()
  #awaited: number | undefined
  #isOrphaned = false

  constructor(options: TimerListenerOptions) {
    this.#options = options
    const { app, function: definition, log } = options.context
    this.#key = { hostId: app.hostId, functionName: definition.name }
    this.#leaseName = `${app.hostId}/Host.Functions.${definition.name}.Listener`
    this.#log = log.child('Host.Triggers.Timer')
  }

  async start(): Promise<void> {
    await this.#options.engine.database.migrate(timerMigration)
    this.#announce()
    this.#ended = this.#run(this.#stopping.signal)
  }

  /** The run in hand keeps the lease until it ends, also when `signal` aborts first. */
  async stop(signal: AbortSignal): Promise<void> {
    this.#stopping.abort()
    await Promise.race([this.#ended, aborted(signal)])
  }

  async #run(stopping: AbortSignal): Promise<void> {
    const { engine, clock } = this.#options
    const stopListening = engine.database.listen(freedTopic(this.#leaseName), () => this.#freed.abort())
    while (await this.#isDue(stopping)) {
      this.#freed = new AbortController()
      try {
        await this.#act(await this.#takeTurn(), stopping)
      } catch (thrown) {
        const error = ensureError(thrown)
        this.#log.error(`The timer of '${this.#key.functionName}' failed: ${error.message}`, error)
        await clock.sleep(shortestPauseMs, stopping).catch(() => undefined)
      }
    }
    stopListening()
  }

  /** Waits for the awaited occurrence, if there is one; false when the listener is to stop. */
  async #isDue(stopping: AbortSignal): Promise<boolean> {
    const { clock } = this.#options
    while (!stopping.aborted) {
      const leftMs = (this.#awaited ?? 0) - clock.now()
      if (leftMs <= 0) return true
      await clock.sleep(Math.min(leftMs, longestNapMs), stopping).catch(() => undefined)
    }
    return false
  }

  /** Asks for the lease; with it in hand, decides by the status, which no other host can change meanwhile. */
  #takeTurn(): Promise<Turn> {
    const { engine, clock, lock, timer } = this.#options
    const { database, leases } = engine
    return database.write(async (transaction) => {
      const lease = await leases.acquire(transaction, this.#leaseName, this.#owner, lock.periodMs)
      if (!lease) {
        const other = await leases.get(transaction, this.#leaseName)
        return { busyUntil: other?.expiresAt ?? 0 }
      }
      const stored = await readStatus(transaction, this.#key)
      const verdict = decideTurn({
        ...timer,
        stored,
        awaited: this.#awaited,
        isOrphaned: this.#isOrphaned,
        now: clock.now(),
      })
      if (!verdict.occasion) {
        const isNews = stored?.next !== verdict.status.next
        if (isNews) await writeStatus(transaction, this.#key, verdict.status, timer.zone)
        await leases.release(transaction, lease)
      }
      return { lease, verdict }
    })
  }

  async #act(turn: Turn, stopping: AbortSignal): Promise<void> {
    if ('busyUntil' in turn) return this.#awaitOther(turn.busyUntil, stopping)
    this.#isOrphaned = false
    const { status, occasion } = turn.verdict
    if (!occasion) {
      this.#awaited = status.next
      return
    }
    const { engine, clock, lock } = this.#options
    const holding = new Holding({ engine, clock, log: this.#log, periodMs: lock.periodMs }, turn.lease)
    if (stopping.aborted) await holding.finish(() => Promise.resolve())
    else await this.#fire(holding, status, occasion)
  }

  /** Pauses until the other host gives its lease back, or lets it run out, or it is time to ask again. */
  async #awaitOther(busyUntil: number, stopping: AbortSignal): Promise<void> {
    const { clock, lock } = this.#options
    this.#log.debug(`Unable to acquire Singleton lock (${this.#leaseName}).`)
    const pauseMs = Math.min(lock.recoveryMs, Math.max(shortestPauseMs, busyUntil - clock.now()))
    const freed = this.#freed.signal
    await clock.sleep(pauseMs, AbortSignal.any([stopping, freed])).catch(() => undefined)
    this.#isOrphaned = !freed.aborted
  }

  /**
   * Runs the function once. The next run is computed from the start of this one, so that a run which takes longer
   * than the interval is followed at once by a single one for all that fell due meanwhile.
   */
  async #fire(holding: Holding, status: TimerStatus, occasion: Occasion): Promise<void> {
    const { clock, context, timer } = this.#options
    const name = this.#key.functionName
    const startedAt = clock.now()
    try {
      await context.invoke(this.#inputOf(status, occasion, startedAt))
    } catch (thrown) {
      this.#log.error(`Error occurred during scheduled invocation for '${name}'.`, ensureError(thrown))
    }
    const next = timer.schedule.next(startedAt)
    this.#awaited = next
    try {
      const after = { last: startedAt, next, lastUpdated: startedAt }
      await holding.finish((transaction) => writeStatus(transaction, this.#key, after, timer.zone))
      this.#copyStatus(after)
    } catch (thrown) {
      this.#log.error(`Function '${name}' failed to update the timer trigger status.`, ensureError(thrown))
    }
  }

  /** The timer does not wait for it. */
  #copyStatus(status: TimerStatus): void {
    const { hostFiles, context, timer } = this.#options
    const path = `timers/${this.#key.hostId}/Host.Functions.${this.#key.functionName}/status`
    hostFiles?.write(context.app, path, statusJson(status, timer.zone)).catch((thrown: unknown) => {
      this.#log.debug(`The status of the timer could not be shown to tools: ${ensureError(thrown).message}`)
    })
  }

  #inputOf(status: TimerStatus, occasion: Occasion, now: number): InvocationInput {
    const { schedule, zone, isMonitored } = this.#options.timer
    const isPastDue = occasion === 'IsPastDue'
    return {
      ...timerInput({ schedule, zone, status: isMonitored ? status : undefined, isPastDue, now }),
      ...(occasion !== 'RunOnStartup' && { occurredAt: status.next }),
      reason: `Timer fired at ${formatRoundTrip(now, zone)}`,
      ...(occasion !== 'Scheduled' && {
        details: {
          UnscheduledInvocationReason: occasion,
          ...(isPastDue && { OriginalSchedule: formatRoundTrip(status.next, zone) }),
        },
      }),
    }
  }

  #announce(): void {
    const { clock, timer } = this.#options
    const { schedule, zone } = timer
    const name = this.#key.functionName
    const occurrences: string[] = []
    for (let at = clock.now(); occurrences.length < announcedCount; ) {
      at = schedule.next(at)
      occurrences.push(`\n${formatOccurrence(at, zone)}`)
    }
    const { length } = occurrences
    this.#log.debug(
      `The '${name}' timer is using the schedule '${schedule.text}' and the local time zone: '${zone.name}'`,
    )
    this.#log.info(
      `The next ${length} occurrences of the '${name}' schedule (${schedule.text}) will be:${occurrences.join('')}`,
    )
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}
