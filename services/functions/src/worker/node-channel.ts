/** The host's end of one Node worker process. */
import { type Clock, type DirectExchange, ensureError, type Timer } from '@aloft/kernel'
import {
  FrameReader,
  FrameWriter,
  type InitializedMessage,
  type InvokeMessage,
  type LentTable,
  type LoadedMessage,
  type ResultMessage,
  type RpcFunctionMetadata,
} from '@aloft/wire'
import type {
  AppConfiguration,
  FunctionProblem,
  HttpInvocationInput,
  WorkerChannel,
  WorkerChannelListener,
} from '../contracts.ts'
import { hostVersion } from '../version.ts'
import { ConnectionLender } from './connection-lender.ts'
import { frameTurns } from './frame-turns.ts'
import type { InspectorEndpoint } from './inspector-arguments.ts'
import type { Inspectable } from './inspector-ports.ts'
import { readLines } from './lines.ts'
import { type NodeProcess, type NodeProcessOptions, startNodeProcess } from './node-process.ts'
import { WorkerLost } from './worker-lost.ts'

/** Node's worker configuration allows an app two minutes to load. */
const initializeTimeoutMs = 120_000
const pingTimeoutMs = 10_000
/** Output of a process that has ended is waited for so long. */
const lastOutputMs = 500

interface Waiting<T> {
  resolve(value: T): void
  reject(error: Error): void
}

export class NodeChannel implements WorkerChannel, Inspectable {
  readonly id: string
  /** The Node library has no notion of cancelling: a function runs to its end. */
  readonly handlesCancel = false
  /** Where the library in the worker takes streamed requests (`http://localhost:PORT/`), when the app enabled it. */
  #httpUri: string | undefined
  /** The worker can serve connections that are lent to it. */
  #takesConnections = false
  readonly #lender: ConnectionLender
  readonly #process: NodeProcess
  readonly #clock: Clock
  readonly #writer: FrameWriter
  readonly #invocations = new Map<string, Waiting<ResultMessage>>()
  /** Answers come in the order of the questions. */
  readonly #pings: Waiting<void>[] = []
  readonly #inspections: Waiting<string | undefined>[] = []
  readonly #exited: Promise<void>
  #listener: WorkerChannelListener
  #initializing: Waiting<InitializedMessage> | undefined
  #loading: Waiting<LoadedMessage> | undefined
  #lost: WorkerLost | undefined
  /** Somebody may look at every line of it for as long as they please. */
  #isInspected = false
  #killReason: string | undefined

  constructor(options: NodeProcessOptions, clock: Clock, listener: WorkerChannelListener) {
    this.id = options.workerId
    this.#clock = clock
    this.#listener = listener
    this.#process = startNodeProcess(options)
    const { child, pipe } = this.#process
    this.#writer = new FrameWriter(pipe, frameTurns())
    this.#lender = new ConnectionLender(child, () => this.#listener)
    const reader = new FrameReader({
      started: () => {},
      status: () => this.#pings.shift()?.resolve(),
      result: (result) => this.#onResult(result),
      log: (message) => this.#listener.log(message),
      initialized: (message) => this.#initializing?.resolve(message),
      loaded: (message) => this.#loading?.resolve(message),
      inspected: ({ url }) => this.#inspections.shift()?.resolve(url),
      lentServed: (message) => this.#lender.onServed(message),
      lentReturned: (message) => this.#lender.onReturned(message),
      lentClosed: (message) => this.#lender.onClosed(message),
    })
    pipe.on('data', (chunk: Uint8Array) => {
      try {
        reader.push(chunk)
      } catch (error) {
        // Code in the worker wrote to the pipe, or the worker is broken: nothing behind this point makes sense.
        this.kill(`it broke the protocol: ${ensureError(error).message}`)
      }
    })
    // The process's exit tells the rest; a broken pipe on the way there is no news.
    pipe.on('error', () => {})
    if (child.stdout) readLines(child.stdout, (line) => this.#listener.console('stdout', line))
    if (child.stderr) readLines(child.stderr, (line) => this.#listener.console('stderr', line))
    this.#exited = new Promise((resolve) => {
      child.once('error', (error) => this.#onExit(null, error.message, resolve))
      child.once('exit', (code, signal) => {
        // `close` comes after the last output, so that a crash's message is logged before its consequences; but it
        // does not come while a process that the app has started holds on to the output.
        const late = clock.after(lastOutputMs, () => this.#onExit(code, signal, resolve))
        child.once('close', () => {
          late.cancel()
          this.#onExit(code, signal, resolve)
        })
      })
    })
  }

  get processId(): number {
    return this.#process.child.pid ?? 0
  }

  get outstanding(): number {
    return this.#invocations.size + this.#lender.outstanding
  }

  /** A pre-started worker gets the app's listener when it is given to the app. */
  attach(listener: WorkerChannelListener): void {
    this.#listener = listener
  }

  /** Lets a pre-started worker load all that does not depend on an app. */
  warmUp(): void {
    this.#writer.send('init', { hostVersion, workerId: this.id })
  }

  /** Loads the app into a process that was started for it. */
  initialize(app: AppConfiguration): Promise<InitializedMessage> {
    return this.#startApp(() =>
      this.#writer.send('init', {
        hostVersion,
        workerId: this.id,
        appDirectory: app.context.rootDirectory,
      }),
    )
  }

  /** Loads the app into a warmed-up process. */
  specialize(app: AppConfiguration): Promise<InitializedMessage> {
    return this.#startApp(() =>
      this.#writer.send('reload', {
        environment: { ...app.workerEnvironment },
        appDirectory: app.context.rootDirectory,
      }),
    )
  }

  async inspect(endpoint: InspectorEndpoint | undefined): Promise<string | undefined> {
    const url = await new Promise<string | undefined>((resolve, reject) => {
      if (this.#lost) return reject(this.#lost)
      this.#inspections.push({ resolve, reject })
      this.#writer.send('inspect', { open: endpoint })
    })
    this.#isInspected = url !== undefined
    return url
  }

  async load(functions: readonly RpcFunctionMetadata[]): Promise<readonly FunctionProblem[]> {
    const loaded = await new Promise<LoadedMessage>((resolve, reject) => {
      if (this.#lost) return reject(this.#lost)
      this.#loading = { resolve, reject }
      this.#writer.send('load', { functions: [...functions] })
    })
    const names = new Map(functions.map((metadata) => [metadata.functionId, metadata.name]))
    return loaded.results.flatMap(({ functionId, error }) =>
      error ? [{ name: names.get(functionId) ?? functionId, message: error.message }] : [],
    )
  }

  takesRequests(): boolean {
    return this.#httpUri !== undefined
  }

  invoke(message: InvokeMessage, input: HttpInvocationInput): Promise<ResultMessage> {
    const { invocationId } = message
    return new Promise((resolve, reject) => {
      if (this.#lost) return reject(this.#lost)
      // What cannot be sent is not outstanding.
      this.#writer.send('invoke', message)
      this.#invocations.set(invocationId, { resolve, reject })
      const origin = this.#httpUri
      if (origin !== undefined) void input.forward?.({ invocationId, origin, path: undefined, headers: [] })
    })
  }

  lend(exchange: DirectExchange, table: LentTable): void {
    if (this.#takesConnections) this.#lender.lend(exchange, table)
  }

  get lentConnections(): number {
    return this.#lender.size
  }

  recall(): void {
    this.#lender.recall()
  }

  /** Rejects when the worker's event loop does not answer in time. */
  async ping(): Promise<void> {
    let deadline: Timer | undefined
    await new Promise<void>((resolve, reject) => {
      if (this.#lost) return reject(this.#lost)
      deadline = this.#clock.after(pingTimeoutMs, () =>
        reject(
          new Error(`The worker process ${this.processId} did not answer within ${pingTimeoutMs / 1000} s`),
        ),
      )
      this.#pings.push({ resolve, reject })
      this.#writer.send('statusRequest', {})
    }).finally(() => deadline?.cancel())
  }

  cancel(invocationId: string): void {
    if (this.#invocations.has(invocationId)) this.#writer.send('cancel', { invocationId })
  }

  async terminate(graceMs: number): Promise<void> {
    if (!this.#lost) this.#writer.send('terminate', { graceMs })
    const deadline = this.#clock.after(graceMs, () => this.kill('it did not end in time'))
    await this.#exited
    deadline.cancel()
  }

  kill(reason: string): void {
    this.#killReason = reason
    this.#process.child.kill('SIGKILL')
  }

  async #startApp(send: () => void): Promise<InitializedMessage> {
    let deadline: Timer | undefined
    try {
      const initialized = await new Promise<InitializedMessage>((resolve, reject) => {
        if (this.#lost) return reject(this.#lost)
        this.#initializing = { resolve, reject }
        if (!this.#isInspected)
          deadline = this.#clock.after(initializeTimeoutMs, () => {
            reject(new WorkerLost(`The worker did not load the app within ${initializeTimeoutMs / 1000} s`))
            this.kill('it did not load the app in time')
          })
        send()
      })
      this.#httpUri = initialized.capabilities.HttpUri
      this.#takesConnections = initialized.capabilities.LentConnections === 'true'
      return initialized
    } finally {
      deadline?.cancel()
      this.#initializing = undefined
    }
  }

  #onResult(result: ResultMessage): void {
    const waiting = this.#invocations.get(result.invocationId)
    this.#invocations.delete(result.invocationId)
    waiting?.resolve(result)
  }

  #onExit(code: number | null, signal: string | null, done: () => void): void {
    if (this.#lost) return
    const how = signal ? `was ended by ${signal}` : `exited with code ${code}`
    this.#lost = new WorkerLost(
      this.#killReason
        ? `The worker process ${this.processId} was stopped: ${this.#killReason}`
        : `The worker process ${this.processId} ${how}`,
    )
    this.#initializing?.reject(this.#lost)
    this.#loading?.reject(this.#lost)
    for (const waiting of this.#invocations.values()) waiting.reject(this.#lost)
    this.#invocations.clear()
    this.#lender.lost(this.#lost)
    for (const waiting of [...this.#pings.splice(0), ...this.#inspections.splice(0)])
      waiting.reject(this.#lost)
    this.#listener.exit(code, signal)
    done()
  }
}
