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
  type TypedData,
} from '@aloft/wire'
import { workerEntryPoint } from '../src/index.ts'

export interface WorkerOptions {
  readonly nodeArguments?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
}

export const fixture = (name: string): string => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url))

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
      log: (head) => void this.logs.push(head),
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

  init(appDirectory: string | undefined): Promise<InitializedMessage> {
    const initialized = this.next('initialized')
    this.writer.send('init', {
      hostVersion: '4.1037.0',
      workerId: 'worker-1',
      appDirectory,
      systemLogLevel: 'debug',
    })
    return initialized
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
    const invocationId = `invocation-${++this.#lastInvocation}`
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
