/** The worker processes of one app: started, shared out, replaced when they die, stopped when idle. */
import type { Clock, Logger, Timer } from '@aloft/kernel'
import type { InitializedMessage, LogMessage, RpcFunctionMetadata } from '@aloft/wire'
import type { AppConfiguration, WorkerChannel, WorkerLauncher } from '../contracts.ts'
import { RestartPolicy } from './restart-policy.ts'

export interface WorkerPoolOptions {
  readonly app: AppConfiguration
  readonly launcher: WorkerLauncher
  readonly clock: Clock
  readonly log: Logger
  /** Worker processes; `FUNCTIONS_WORKER_PROCESS_COUNT`. */
  readonly processCount: number
  /** Milliseconds without work after which the processes are stopped; undefined = never. */
  readonly idleStopMs: number | undefined
  onLog(message: LogMessage): void
  onConsole(stream: 'stdout' | 'stderr', line: string): void
}

/** A worker that ends with it wants to be started again; it has not failed. */
const restartExitCode = 200
const terminateGraceMs = 5000

export class WorkerPool {
  readonly #options: WorkerPoolOptions
  readonly #ready: WorkerChannel[] = []
  readonly #all = new Set<WorkerChannel>()
  /** Those that end because the pool wants it. */
  readonly #dismissed = new Set<WorkerChannel>()
  readonly #restarts: RestartPolicy
  readonly #stopping = new AbortController()
  /** Entry points that the user has been told of. */
  readonly #knownBroken = new Set<string>()
  #starting: Promise<WorkerChannel> | undefined
  /** The last one that became ready, running or not. */
  #newest: WorkerChannel | undefined
  #functionsToLoad: readonly RpcFunctionMetadata[] = []
  #next = 0
  #lastUsedAt = 0
  #idleTimer: Timer | undefined

  constructor(options: WorkerPoolOptions) {
    this.#options = options
    this.#restarts = new RestartPolicy(options.clock, options.processCount)
    if (options.idleStopMs !== undefined) {
      const period = Math.max(10, options.idleStopMs / 2)
      this.#idleTimer = options.clock.every(period, () => this.#stopWhenIdle()).unref()
    }
  }

  /** Starts the first process; answers with what the app registered. */
  async start(): Promise<InitializedMessage> {
    const { channel, initialized } = await this.#startChannel()
    for (const { file } of initialized.brokenFiles) this.#knownBroken.add(file)
    this.#add(channel)
    return initialized
  }

  /** Tells every process about functions that the host indexed, and starts the rest of the processes. */
  async load(functions: readonly RpcFunctionMetadata[]): Promise<ReturnType<WorkerChannel['load']>> {
    this.#functionsToLoad = functions
    const first = this.#ready[0]
    const problems = functions.length > 0 && first ? await first.load(functions) : []
    this.#fill()
    return problems
  }

  /** Whether requests of the function are forwarded to the worker. All workers of an app are alike in that. */
  takesRequests(functionId: string): boolean {
    return this.#newest?.takesRequests(functionId) ?? false
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
    if (count === 0) return this.#startOne()
    this.#next = (this.#next + 1) % count
    return this.#ready[this.#next]!
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
    this.#fill()
  }

  /** Stops all processes; the pool cannot be used again. */
  async stop(): Promise<void> {
    this.#stopping.abort(new Error('The app is stopping'))
    this.#idleTimer?.cancel()
    this.#ready.length = 0
    await Promise.all([...this.#all].map((channel) => channel.terminate(terminateGraceMs)))
  }

  /** Starts processes until there are as many as wanted, one after the other. */
  #fill(): void {
    if (
      this.#stopping.signal.aborted ||
      this.#ready.length >= this.#options.processCount ||
      !this.#restarts.isEager
    )
      return
    this.#startOne().then(
      () => this.#fill(),
      () => this.#fill(),
    )
  }

  #startOne(): Promise<WorkerChannel> {
    this.#starting ??= this.#startDelayed().finally(() => {
      this.#starting = undefined
    })
    return this.#starting
  }

  async #startDelayed(): Promise<WorkerChannel> {
    const delayMs = this.#restarts.delayMs()
    // An invocation must not hang for half a minute on an app whose every process dies.
    if (delayMs > 0 && !this.#restarts.isEager) throw new Error(this.#givenUpMessage())
    if (delayMs > 0) await this.#options.clock.sleep(delayMs, this.#stopping.signal)
    const { channel, initialized } = await this.#startChannel()
    if (initialized.error) throw this.#discard(channel, initialized.error.message)
    this.#tellOfBroken(initialized)
    if (this.#functionsToLoad.length > 0) await channel.load(this.#functionsToLoad)
    this.#add(channel)
    return channel
  }

  async #startChannel(): Promise<{ channel: WorkerChannel; initialized: InitializedMessage }> {
    this.#stopping.signal.throwIfAborted()
    const { app, launcher } = this.#options
    const { channel, initialized } = launcher.launch(app, {
      log: (message) => this.#options.onLog(message),
      console: (stream, line) => this.#options.onConsole(stream, line),
      exit: (code, signal) => this.#onExit(channel, code, signal),
    })
    this.#all.add(channel)
    const answer = await initialized
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

  #add(channel: WorkerChannel): void {
    this.#newest = channel
    this.#ready.push(channel)
    this.#lastUsedAt = this.#options.clock.elapsed()
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
    if (wasReady) this.#fill()
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

  #stopWhenIdle(): void {
    const { clock, idleStopMs = 0, log } = this.#options
    if (this.#ready.length === 0 || this.outstanding > 0) return
    if (clock.elapsed() - this.#lastUsedAt < idleStopMs) return
    log.debug('No work for a while; stopping the worker processes.')
    for (const channel of this.#ready.splice(0)) {
      this.#dismissed.add(channel)
      void channel.terminate(terminateGraceMs)
    }
  }
}
