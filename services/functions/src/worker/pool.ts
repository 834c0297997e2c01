/** The worker processes of one app: started, shared out, replaced when they die, stopped when idle. */
import type { Clock, Logger, Timer } from '@aloft/kernel'
import type { InitializedMessage, LogMessage, RpcFunctionMetadata } from '@aloft/wire'
import type {
  AppConfiguration,
  LentRun,
  LentRunEnd,
  LentRunStart,
  WorkerChannel,
  WorkerLauncher,
} from '../contracts.ts'
import { RestartPolicy } from './restart-policy.ts'

export interface WorkerPoolOptions {
  readonly app: AppConfiguration
  readonly launcher: WorkerLauncher
  readonly clock: Clock
  readonly log: Logger
  /** Worker processes to begin with; `FUNCTIONS_WORKER_PROCESS_COUNT`. */
  readonly processCount: number
  /** Milliseconds without work after which `onIdle` is called; undefined = never. */
  readonly idleStopMs: number | undefined
  /** No process has anything in hand, and none was asked for in a while: they may `rest`. */
  onIdle(): void
  onLog(message: LogMessage): void
  onLentRun(start: LentRunStart, channel: WorkerChannel): LentRun
  onLentRan(start: LentRunStart, end: LentRunEnd): void
  onConsole(stream: 'stdout' | 'stderr', line: string): void
}

interface Started {
  readonly channel: WorkerChannel
  readonly initialized: InitializedMessage
}

/** A worker that ends with it wants to be started again; it has not failed. */
const restartExitCode = 200
const terminateGraceMs = 5000

export class WorkerPool {
  readonly #options: WorkerPoolOptions
  readonly #ready: WorkerChannel[] = []
  readonly #all = new Set<WorkerChannel>()
  /** Those whose app is not loaded yet. */
  readonly #loading = new Set<WorkerChannel>()
  /** Those that end because the pool wants it. */
  readonly #dismissed = new Set<WorkerChannel>()
  readonly #restarts: RestartPolicy
  readonly #stopping = new AbortController()
  /** Entry points that the user has been told of. */
  readonly #knownBroken = new Set<string>()
  #starting: Promise<Started> | undefined
  /** The last one that became ready, running or not. */
  #newest: WorkerChannel | undefined
  #functionsToLoad: readonly RpcFunctionMetadata[] = []
  #wanted: number
  #next = 0
  #lastUsedAt = 0
  #idleTimer: Timer | undefined

  constructor(options: WorkerPoolOptions) {
    this.#options = options
    this.#wanted = options.processCount
    this.#restarts = new RestartPolicy(options.clock, options.processCount)
  }

  /** Starts the first process, also after a rest; answers with what the app registered. */
  async start(): Promise<InitializedMessage> {
    const { initialized } = await this.#startOne(() => this.#startFirst())
    return initialized
  }

  /** Has every process to come told about functions that the host indexed. */
  prepare(functions: readonly RpcFunctionMetadata[]): void {
    this.#functionsToLoad = functions
  }

  /** Tells every process about functions that the host indexed, and starts the rest of the processes. */
  async load(functions: readonly RpcFunctionMetadata[]): Promise<ReturnType<WorkerChannel['load']>> {
    this.prepare(functions)
    const first = this.#ready[0]
    const problems = functions.length > 0 && first ? await first.load(functions) : []
    this.fill()
    return problems
  }

  /** Starts processes until there are as many as wanted, one after the other. */
  fill(): void {
    if (this.#stopping.signal.aborted || this.#ready.length >= this.#wanted || !this.#restarts.isEager) return
    this.#startAnother().then(
      () => this.fill(),
      () => this.fill(),
    )
  }

  /** Has one process more, until the next rest. */
  grow(): void {
    this.#wanted++
    this.fill()
  }

  /** Stops all processes until they are asked for again. */
  rest(): void {
    this.#wanted = this.#options.processCount
    this.#idleTimer?.cancel()
    this.#idleTimer = undefined
    for (const channel of this.#ready.splice(0)) {
      this.#dismissed.add(channel)
      void channel.terminate(terminateGraceMs)
    }
  }

  /** Whether requests of the function are forwarded to the worker. All workers of an app are alike in that. */
  takesRequests(functionId: string): boolean {
    return this.#newest?.takesRequests(functionId) ?? false
  }

  /** Those that take invocations. */
  get channels(): readonly WorkerChannel[] {
    return this.#ready
  }

  get isStarting(): boolean {
    return this.#starting !== undefined
  }

  get processIds(): readonly number[] {
    return this.#ready.map((channel) => channel.processId)
  }

  get outstanding(): number {
    let sum = 0
    for (const channel of this.#all) sum += channel.outstanding
    return sum
  }

  /** The next process in turn; a promise only when one has to be started first. Rejects when it does not start. */
  acquire(): WorkerChannel | Promise<WorkerChannel> {
    this.#lastUsedAt = this.#options.clock.elapsed()
    const count = this.#ready.length
    if (count === 1) return this.#ready[0]!
    if (count === 0) return this.#startAnother()
    this.#next = (this.#next + 1) % count
    return this.#ready[this.#next]!
  }

  /** Asks for all connections back that were lent to the processes. */
  recall(): void {
    for (const channel of this.#all) channel.recall?.()
  }

  /** Rejects when a process does not answer in time. */
  async checkHealth(): Promise<void> {
    await Promise.all(this.#ready.map((channel) => channel.ping()))
  }

  /** An invocation ended well: the process is sound. */
  worked(): void {
    this.#restarts.worked()
  }

  /** Ends a process that hangs and starts another; what it had in hand fails. */
  recycle(channel: WorkerChannel, reason: string): void {
    this.#remove(channel)
    this.#dismissed.add(channel)
    channel.kill(reason)
    this.fill()
  }

  /** Stops all processes; the pool cannot be used again. */
  async stop(): Promise<void> {
    this.#stopping.abort(new Error('The app is stopping'))
    this.#idleTimer?.cancel()
    this.#ready.length = 0
    // It would not hear that it is to end: it may wait for a debugger, or for whatever its entry point waits for.
    for (const channel of this.#loading) channel.kill('the app is stopping')
    await Promise.all([...this.#all].map((channel) => channel.terminate(terminateGraceMs)))
  }

  async #startAnother(): Promise<WorkerChannel> {
    const { channel } = await this.#startOne(() => this.#startDelayed())
    return channel
  }

  /** One at a time: who asks meanwhile gets the one that starts. */
  #startOne(begin: () => Promise<Started>): Promise<Started> {
    this.#starting ??= begin().finally(() => {
      this.#starting = undefined
    })
    return this.#starting
  }

  async #startFirst(): Promise<Started> {
    this.#refuseWhenGivenUp()
    const started = await this.#startChannel()
    for (const { file } of started.initialized.brokenFiles) this.#knownBroken.add(file)
    await this.#makeReady(started.channel)
    return started
  }

  async #startDelayed(): Promise<Started> {
    this.#refuseWhenGivenUp()
    const delayMs = this.#restarts.delayMs()
    if (delayMs > 0) await this.#options.clock.sleep(delayMs, this.#stopping.signal)
    const started = await this.#startChannel()
    const { channel, initialized } = started
    if (initialized.error) throw this.#discard(channel, initialized.error.message)
    this.#tellOfBroken(initialized)
    await this.#makeReady(channel)
    return started
  }

  /** An invocation must not hang for half a minute on an app whose every process dies. */
  #refuseWhenGivenUp(): void {
    if (this.#restarts.delayMs() > 0 && !this.#restarts.isEager) throw new Error(this.#givenUpMessage())
  }

  async #startChannel(): Promise<Started> {
    this.#stopping.signal.throwIfAborted()
    const { app, launcher } = this.#options
    const { channel, initialized } = launcher.launch(app, {
      log: (message) => this.#options.onLog(message),
      lentRun: (start) => {
        this.#lastUsedAt = this.#options.clock.elapsed()
        return this.#options.onLentRun(start, channel)
      },
      lentRan: (start, end) => {
        this.#lastUsedAt = this.#options.clock.elapsed()
        this.#options.onLentRan(start, end)
      },
      console: (stream, line) => this.#options.onConsole(stream, line),
      exit: (code, signal) => this.#onExit(channel, code, signal),
    })
    this.#all.add(channel)
    this.#loading.add(channel)
    const answer = await initialized.finally(() => this.#loading.delete(channel))
    this.#stopping.signal.throwIfAborted()
    return { channel, initialized: answer }
  }

  /** A process whose app does not start is of no use, and the next one will hardly fare better. */
  #discard(channel: WorkerChannel, reason: string): Error {
    this.#dismissed.add(channel)
    channel.kill('its app did not start')
    this.#options.log.error(reason)
    this.#countDeath()
    return new Error(reason)
  }

  /** Files may break, or be mended, while the app runs; a new process loads them as they are. */
  #tellOfBroken({ brokenFiles }: InitializedMessage): void {
    for (const { file, error } of brokenFiles) {
      if (!this.#knownBroken.has(file)) this.#options.log.error(error.message)
      this.#knownBroken.add(file)
    }
  }

  async #makeReady(channel: WorkerChannel): Promise<void> {
    if (this.#functionsToLoad.length > 0) await channel.load(this.#functionsToLoad)
    // Their connections come to all of them in turn.
    for (const other of this.#ready) other.recall?.()
    this.#newest = channel
    this.#ready.push(channel)
    this.#lastUsedAt = this.#options.clock.elapsed()
    this.#watchForIdle()
    this.#options.log.info('Worker process started and initialized.')
  }

  #remove(channel: WorkerChannel): boolean {
    const index = this.#ready.indexOf(channel)
    if (index >= 0) this.#ready.splice(index, 1)
    return index >= 0
  }

  #onExit(channel: WorkerChannel, code: number | null, signal: string | null): void {
    this.#all.delete(channel)
    const wasReady = this.#remove(channel)
    if (this.#dismissed.delete(channel) || this.#stopping.signal.aborted) return
    if (code !== restartExitCode) {
      const how = signal ? `signal ${signal}` : `code ${code}`
      this.#options.log.error(
        `Language Worker Process exited. Pid=${channel.processId}. It ended with ${how}.`,
      )
      this.#countDeath()
    }
    if (wasReady) this.fill()
  }

  #countDeath(): void {
    if (this.#restarts.died()) this.#options.log.error(this.#givenUpMessage())
  }

  #givenUpMessage(): string {
    return (
      `Exceeded language worker restart retry count for runtime:${this.#options.app.runtime}: every new worker process dies. ` +
      'See the messages above; the next start is tried in up to 30 seconds, or at once when a file changes.'
    )
  }

  #watchForIdle(): void {
    const { clock, idleStopMs } = this.#options
    if (idleStopMs === undefined) return
    const period = Math.max(10, idleStopMs / 2)
    this.#idleTimer ??= clock.every(period, () => this.#tellWhenIdle(idleStopMs)).unref()
  }

  #tellWhenIdle(idleStopMs: number): void {
    if (this.#ready.length === 0 || this.outstanding > 0) return
    if (this.#options.clock.elapsed() - this.#lastUsedAt >= idleStopMs) this.#options.onIdle()
  }
}
