/** A real worker process, driven over frames as the host does. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import {
  FrameReader,
  FrameWriter,
  type InitializedMessage,
  type InvokeMessage,
  type LoadedMessage,
  type LogMessage,
  type ResultMessage,
  type RpcFunctionMetadata,
  type RpcHttp,
  type TypedData,
} from '@aloft/wire'
import { workerEntryPoint } from '../src/index.ts'

export interface WorkerOptions {
  readonly nodeArguments?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
}

export const fixture = (name: string): string => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url))

/** A worker that has loaded a fixture app. */
export interface StartedApp extends AsyncDisposable {
  readonly worker: WorkerProcess
  readonly initialized: InitializedMessage
  /** Invokes an HTTP function; `text` is the body of the answer. */
  http(
    name: string,
    request?: RpcHttp,
    more?: Partial<InvokeMessage>,
  ): Promise<ResultMessage & { text: string; response: RpcHttp }>
  /** Invokes a function of any trigger with the trigger's value. */
  run(name: string, value: TypedData, more?: Partial<InvokeMessage>): Promise<ResultMessage>
}

export interface StartOptions extends WorkerOptions {
  readonly systemLogLevel?: LogMessage['level']
}

/** Starts a worker with the app in fixtures/NAME. */
export function started(name: string, options: StartOptions = {}): Promise<StartedApp> {
  return startedIn(fixture(name), options)
}

/** Starts a worker with the app in a folder. */
export async function startedIn(appDirectory: string, options: StartOptions = {}): Promise<StartedApp> {
  const worker = new WorkerProcess(options)
  const initialized = await worker.init(appDirectory, options.systemLogLevel)
  const run: StartedApp['run'] = (functionName, value, more) => {
    const found = initialized.functions.find((candidate) => candidate.name === functionName)
    if (!found) throw new Error(`no function ${functionName}: ${initialized.error?.message}`)
    return worker.invoke(found.functionId, { [Object.keys(found.bindings)[0]!]: value }, more)
  }
  return {
    worker,
    initialized,
    run,
    async http(functionName, request, more) {
      const url = `http://localhost/api/${functionName}`
      const http = { method: 'GET', url, headers: {}, query: {}, params: {}, ...request }
      const result = await run(functionName, { http }, more)
      const response = result.returnValue?.http ?? {}
      return { ...result, response, text: Buffer.from(response.body?.bytes ?? []).toString() }
    },
    [Symbol.asyncDispose]: () => worker[Symbol.asyncDispose](),
  }
}

export class WorkerProcess {
  readonly logs: LogMessage[] = []
  readonly exited: Promise<{ code: number | null; signal: string | null }>
  stdout = ''
  stderr = ''
  readonly pipe: Socket
  readonly writer: FrameWriter
  readonly #child: ChildProcess
  readonly #invocations = new Map<string, (result: ResultMessage) => void>()
  readonly #waiting = new Map<string, ((message: never) => void)[]>()
  #lastInvocation = 0
  #onLog: (log: LogMessage) => void = () => {}

  constructor({ nodeArguments = [], environment = {} }: WorkerOptions = {}) {
    const id = 'worker-1'
    const uri = 'http://127.0.0.1:9/'
    this.#child = spawn(
      process.execPath,
      [
        '--disable-warning=ExperimentalWarning',
        ...nodeArguments,
        workerEntryPoint,
        ...['--host', '127.0.0.1', '--port', '9', '--workerId', id, '--requestId', 'r'],
        ...['--grpcMaxMessageLength', '2147483647', '--functions-uri', uri, '--functions-worker-id', id],
        ...['--functions-request-id', 'r', '--functions-grpc-max-message-length', '2147483647'],
      ],
      {
        stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
        env: { PATH: process.env.PATH, ...compileCache(), ...environment },
      },
    )
    this.#child.stdout!.on('data', (chunk) => (this.stdout += chunk))
    this.#child.stderr!.on('data', (chunk) => (this.stderr += chunk))
    this.exited = once(this.#child, 'close').then(([code, signal]) => ({ code, signal }))
    this.pipe = this.#child.stdio[3] as Socket
    this.writer = new FrameWriter(this.pipe)
    const reader = new FrameReader({
      started: (head) => this.#arrived('started', head),
      initialized: (head) => this.#arrived('initialized', head),
      loaded: (head) => this.#arrived('loaded', head),
      status: (head) => this.#arrived('status', head),
      log: (head) => {
        this.logs.push(head)
        this.#onLog(head)
      },
      result: (head) => this.#invocations.get(head.invocationId)?.(head),
    })
    this.pipe.on('data', (chunk) => reader.push(chunk))
    this.pipe.on('error', () => {})
  }

  get pid(): number {
    return this.#child.pid!
  }

  next(name: 'started' | 'initialized' | 'loaded' | 'status'): Promise<never> {
    return new Promise((resolve) => {
      this.#waiting.set(name, [...(this.#waiting.get(name) ?? []), resolve])
    })
  }

  init(
    appDirectory: string | undefined,
    systemLogLevel: LogMessage['level'] = 'debug',
  ): Promise<InitializedMessage> {
    const initialized = this.next('initialized')
    this.writer.send('init', { hostVersion: '4.1037.0', workerId: 'worker-1', appDirectory, systemLogLevel })
    return initialized
  }

  /** Makes a waiting worker the app's. */
  reload(appDirectory: string, environment: Record<string, string>): Promise<InitializedMessage> {
    const initialized = this.next('initialized')
    this.writer.send('reload', { appDirectory, environment, systemLogLevel: 'debug' })
    return initialized
  }

  /** Resolves when a log with this message arrives. */
  logged(message: string): Promise<LogMessage> {
    return new Promise((resolve) => {
      this.#onLog = (log) => {
        if (log.message === message) resolve(log)
      }
    })
  }

  /** Asks the worker to end; answers with how it did. */
  terminate(graceMs = 5000): WorkerProcess['exited'] {
    this.writer.send('terminate', { graceMs })
    return this.exited
  }

  load(functions: RpcFunctionMetadata[]): Promise<LoadedMessage> {
    const loaded = this.next('loaded')
    this.writer.send('load', { functions })
    return loaded
  }

  /** `inputs` by binding name, the trigger's first. */
  invoke(
    functionId: string,
    inputs: Readonly<Record<string, TypedData>>,
    more: Partial<InvokeMessage> = {},
  ): Promise<ResultMessage> {
    const invocationId = more.invocationId ?? `invocation-${++this.#lastInvocation}`
    return new Promise((resolve) => {
      this.#invocations.set(invocationId, resolve)
      this.writer.send('invoke', {
        invocationId,
        functionId,
        inputData: Object.entries(inputs).map(([name, data]) => ({ name, data })),
        triggerMetadata: {},
        ...more,
      })
    })
  }

  /** Messages of the user's logs. */
  userLogs(): string[] {
    return this.logs.filter(({ logCategory }) => logCategory === 'user').map(({ message }) => message)
  }

  kill(): void {
    this.#child.kill('SIGKILL')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill()
    await this.exited
  }

  #arrived(name: string, head: unknown): void {
    const waiting = this.#waiting.get(name) ?? []
    this.#waiting.delete(name)
    for (const resolve of waiting) resolve(head as never)
  }
}

function compileCache(): Record<string, string> {
  const { NODE_COMPILE_CACHE } = process.env
  return NODE_COMPILE_CACHE ? { NODE_COMPILE_CACHE } : {}
}
