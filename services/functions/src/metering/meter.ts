/**
 * Counts what functions use: executions, failures, durations and memory.
 *
 * An execution costs a few additions. Every few seconds the memory of the apps that have workers is looked at and
 * shared out over what runs at that moment; what was counted since is priced with it, and written in one
 * transaction. A host that dies loses these seconds, one that ends loses nothing.
 */
import type { Engine } from '@aloft/engine'
import {
  type Clock,
  ensureError,
  type InvocationTelemetry,
  type Logger,
  newId,
  type TelemetrySink,
  type Timer,
} from '@aloft/kernel'
import { bytesPerMb } from './billing.ts'
import { MemoryHistory } from './memory-history.ts'
import { countExecution, newCell, priceCell, rowOf, type UsageCell } from './usage-cell.ts'
import { compactHour, dropUsage, usageMigration, writeUsage } from './usage-rows.ts'

/** An app whose memory is looked at. */
export interface MeteredApp {
  readonly name: string
  readonly workerProcessIds: readonly number[]
  /** Executions that run now. */
  readonly runningCount: number
}

export interface MeterOptions {
  readonly engine: Pick<Engine, 'database'>
  readonly clock: Clock
  readonly log: Logger
  /** The apps of this host as they are now. */
  readonly apps: () => Iterable<MeteredApp>
  /** Resident bytes of processes with their children; undefined = the system does not tell. */
  readonly residentBytes: (processIds: readonly number[]) => number | undefined
}

interface AppUsage {
  readonly memory: MemoryHistory
  /** The cell of the current minute, by function. */
  readonly cells: Map<string, UsageCell>
}

/** How often memory is looked at and counts are written. Azure's own hosts report at this pace. */
const periodMs = 5000
const minuteMs = 60_000
const housekeepingMs = 3_600_000
/** After two days hours are fine enough. */
const minutesKept = 2 * 24 * 60
/** Thirteen months: any month can be compared with that of the year before. */
const hoursKeptInMinutes = 400 * 24 * 60
/** Rows of one transaction; more would keep others waiting. */
const rowsPerWrite = 100

export class Meter implements TelemetrySink {
  readonly #options: MeterOptions
  readonly #instance = newId()
  readonly #apps = new Map<string, AppUsage>()
  #changed: UsageCell[] = []
  #timers: readonly Timer[] = []
  #writing: Promise<void> = Promise.resolve()
  /** Minutes since 1970. Never goes back, or a row that is written already would be begun anew. */
  #minute = 0

  constructor(options: MeterOptions) {
    this.#options = options
  }

  /** From now on counts are written. */
  async start(): Promise<void> {
    const { clock, engine } = this.#options
    await engine.database.migrate(usageMigration)
    this.#timers = [
      clock.every(periodMs, () => void this.flush()).unref(),
      // Soon as well, for hosts that never run for long.
      clock.after(minuteMs, () => void this.tidy()).unref(),
      clock.every(housekeepingMs, () => void this.tidy()).unref(),
    ]
  }

  /** Writes the rest. */
  async close(): Promise<void> {
    for (const timer of this.#timers) timer.cancel()
    await this.flush()
  }

  invocation({ app, functionName, startTime, durationMs, success }: InvocationTelemetry): void {
    const usage = this.#apps.get(app) ?? this.#addApp(app)
    this.#goOnTo(startTime + durationMs)
    let cell = usage.cells.get(functionName)
    if (cell === undefined || cell.minute !== this.#minute) {
      cell = newCell(app, functionName, this.#minute)
      usage.cells.set(functionName, cell)
    }
    // What ran through several looks at the memory has an average of its own.
    const isLong = durationMs > periodMs
    const averageMb = isLong ? usage.memory.averageMb(startTime, startTime + durationMs) : undefined
    countExecution(cell, durationMs, success, averageMb)
    if (cell.isChanged) return
    cell.isChanged = true
    this.#changed.push(cell)
  }

  /** Looks at the memory and writes what was counted since the last time. Never rejects: what fails is tried again. */
  flush(): Promise<void> {
    this.#sampleMemory()
    this.#writing = this.#writing.then(() => this.#write())
    return this.#writing
  }

  /** Makes hours of old minutes, and drops what is very old. Never rejects. */
  async tidy(): Promise<void> {
    const { clock, engine, log } = this.#options
    const now = Math.floor(clock.now() / minuteMs)
    // Whole hours only, or minutes of an hour that is one row already would follow.
    const before = now - minutesKept - ((now - minutesKept) % 60)
    try {
      while (await engine.database.write((transaction) => compactHour(transaction, before)));
      await engine.database.write((transaction) => dropUsage(transaction, now - hoursKeptInMinutes))
    } catch (error) {
      log.warn(`Old usage could not be tidied up: ${ensureError(error).message}`)
    }
  }

  /** @param time milliseconds since 1970 */
  #goOnTo(time: number): void {
    const minute = Math.floor(time / minuteMs)
    if (minute > this.#minute) this.#minute = minute
  }

  #addApp(name: string): AppUsage {
    const usage = { memory: new MemoryHistory(), cells: new Map<string, UsageCell>() }
    this.#apps.set(name, usage)
    return usage
  }

  #sampleMemory(): void {
    const { clock, residentBytes } = this.#options
    const now = clock.now()
    const alive = new Map<string, { processIds: number[]; running: number }>()
    for (const { name, workerProcessIds, runningCount } of this.#options.apps()) {
      if (workerProcessIds.length === 0) continue
      const app = alive.get(name) ?? { processIds: [], running: 0 }
      app.processIds.push(...workerProcessIds)
      app.running += runningCount
      alive.set(name, app)
    }
    for (const [name, { processIds, running }] of alive) {
      const bytes = residentBytes(processIds)
      if (bytes === undefined || bytes === 0) continue
      const { memory } = this.#apps.get(name) ?? this.#addApp(name)
      memory.add(now, bytes / bytesPerMb / Math.max(1, running))
    }
    this.#goOnTo(now)
    this.#forgetIdle(alive)
  }

  /** An app at rest costs nothing. */
  #forgetIdle(alive: ReadonlyMap<string, unknown>): void {
    for (const [name, { cells }] of this.#apps) {
      for (const [functionName, { minute, isChanged }] of cells)
        if (!isChanged && minute < this.#minute) cells.delete(functionName)
      if (cells.size === 0 && !alive.has(name)) this.#apps.delete(name)
    }
  }

  async #write(): Promise<void> {
    const { engine, log } = this.#options
    const cells = this.#changed
    this.#changed = []
    const rows = cells.map((cell) => {
      cell.isChanged = false
      priceCell(cell, this.#apps.get(cell.app)?.memory.shareMb ?? 0)
      return rowOf(cell, this.#instance)
    })
    for (let start = 0; start < rows.length; start += rowsPerWrite) {
      try {
        await engine.database.write(async (transaction) => {
          for (const row of rows.slice(start, start + rowsPerWrite)) await writeUsage(transaction, row)
        })
      } catch (error) {
        log.warn(`Usage could not be written; it is tried again: ${ensureError(error).message}`)
        this.#remember(cells.slice(start))
        return
      }
    }
  }

  #remember(cells: readonly UsageCell[]): void {
    for (const cell of cells.filter(({ isChanged }) => !isChanged)) {
      cell.isChanged = true
      this.#changed.push(cell)
    }
  }
}
