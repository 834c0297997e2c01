/** The host's end of a custom handler: an HTTP server of the app's own in the place of a language worker. */
import { Agent } from 'node:http'
import { newId } from '@aloft/kernel'
import type { InitializedMessage, InvokeMessage, ResultMessage, RpcFunctionMetadata } from '@aloft/wire'
import type {
  AppConfiguration,
  CustomHandlerConfiguration,
  FunctionProblem,
  HttpInvocationInput,
  WorkerChannel,
  WorkerChannelListener,
} from '../contracts.ts'
import { hostVersion } from '../version.ts'
import { readAnswer } from './custom-answer.ts'
import { type HandlerFunction, handlerFunction, routeFunctions } from './custom-function.ts'
import { callHandler, handlerHost, isAnswering } from './custom-http.ts'
import { formatPayload } from './custom-payload.ts'
import type { CustomProcess, ProcessEnd } from './custom-process.ts'
import { type HandlerResources, startHandler } from './custom-start.ts'
import { WorkerLost } from './worker-lost.ts'

const pingTimeoutMs = 10_000
/** A connection that breaks is mostly the first sign of a process that ends: so long its end may take to show. */
const endNoticeMs = 250
/** Idle connections go before most servers would close them (after 5 s), so that none is used while it closes. */
const idleConnectionMs = 3000

type Forward = NonNullable<HttpInvocationInput['forward']>

export class CustomChannel implements WorkerChannel {
  readonly id = newId()
  /** HTTP has no message for it: a function runs to its end. */
  readonly handlesCancel = false
  readonly #app: AppConfiguration
  readonly #handler: CustomHandlerConfiguration
  readonly #resources: HandlerResources
  readonly #listener: WorkerChannelListener
  readonly #agent = new Agent({ keepAlive: true, timeout: idleConnectionMs })
  readonly #functions = new Map<string, HandlerFunction>()
  /** What to call when the process ends before an answer. */
  readonly #waiting = new Set<(lost: WorkerLost) => void>()
  readonly #dismissal = new AbortController()
  readonly #ended = Promise.withResolvers<void>()
  #process: CustomProcess | undefined
  #port = 0
  #killReason: string | undefined
  #lost: WorkerLost | undefined

  constructor(
    app: AppConfiguration,
    handler: CustomHandlerConfiguration,
    resources: HandlerResources,
    listener: WorkerChannelListener,
  ) {
    this.#app = app
    this.#handler = handler
    this.#resources = resources
    this.#listener = listener
  }

  get processId(): number {
    return this.#process?.id ?? 0
  }

  get outstanding(): number {
    return this.#waiting.size
  }

  /** Starts the handler and waits until it answers. Rejects with a UserError when it does not; to be called once. */
  async start(): Promise<InitializedMessage> {
    try {
      this.#port = await startHandler({
        app: this.#app,
        handler: this.#handler,
        workerId: this.id,
        ...this.#resources,
        signal: this.#dismissal.signal,
        onLine: (stream, line) => this.#listener.console(stream, line),
        onProcess: (process) => {
          this.#process = process
        },
      })
    } catch (error) {
      this.#onEnd(await this.#process?.ended)
      throw error
    }
    void this.#process?.ended.then((end) => this.#onEnd(end))
    const functions = routeFunctions(this.#handler.routes)
    await this.load(functions)
    return { brokenFiles: [], capabilities: {}, metadata: workerMetadata, functions }
  }

  async load(functions: readonly RpcFunctionMetadata[]): Promise<readonly FunctionProblem[]> {
    for (const metadata of functions)
      this.#functions.set(metadata.functionId, handlerFunction(metadata, this.#handler.forwarding))
    return []
  }

  takesRequests(functionId: string): boolean {
    const definition = this.#functions.get(functionId)
    return definition !== undefined && definition.forwarding !== 'none'
  }

  invoke(message: InvokeMessage, input: HttpInvocationInput): Promise<ResultMessage> {
    const definition = this.#functions.get(message.functionId)
    if (!definition)
      return Promise.reject(
        new Error(`The function '${message.functionId}' was not given to the custom handler.`),
      )
    return this.#untilLost(() => {
      if (definition.forwarding === 'none') return this.#call(definition, message, input)
      const { forward } = input
      return forward ? this.#forward(definition, message, forward) : this.#replay(definition, message)
    })
  }

  /** Rejects when the handler does not answer in time, whatever it answers. */
  async ping(): Promise<void> {
    const { clock } = this.#app.context
    const name = `The custom handler (process ${this.processId})`
    const late = new AbortController()
    const deadline = clock.after(pingTimeoutMs, () =>
      late.abort(new Error(`${name} did not answer within ${pingTimeoutMs / 1000} s`)),
    )
    try {
      const isUp = await this.#untilLost(() => isAnswering(this.#port, clock, late.signal))
      if (!isUp) throw new Error(`${name} does not accept connections`)
    } finally {
      deadline.cancel()
    }
  }

  cancel(): void {}

  async terminate(graceMs: number): Promise<void> {
    this.#dismiss('the app is stopping')
    this.#process?.signal('SIGTERM')
    const deadline = this.#app.context.clock.after(graceMs, () => this.kill('it did not end in time'))
    await this.#ended.promise
    deadline.cancel()
  }

  kill(reason: string): void {
    this.#dismiss(reason)
    this.#process?.signal('SIGKILL')
  }

  #dismiss(reason: string): void {
    this.#killReason ??= reason
    this.#dismissal.abort(new WorkerLost(`The custom handler was stopped: ${reason}`))
  }

  /** The JSON form: all data in one request, all outputs in its answer. */
  async #call(
    definition: HandlerFunction,
    message: InvokeMessage,
    input: HttpInvocationInput,
  ): Promise<ResultMessage> {
    const { invocationId, traceContext } = message
    const answer = await callHandler({
      port: this.#port,
      agent: this.#agent,
      method: 'POST',
      path: `/${definition.name}`,
      headers: {
        ...hostHeaders(invocationId),
        'user-agent': `Azure-Functions-Host/${hostVersion}`,
        'content-type': 'application/json; charset=utf-8',
        ...(traceContext && { traceparent: traceContext.traceParent }),
      },
      body: formatPayload(definition, message, input, this.#app.context.clock),
    })
    const { result, logs } = readAnswer(definition, invocationId, answer)
    const category = `${definition.name}.Invocation`
    for (const line of logs)
      this.#listener.log({ invocationId, category, level: 'information', message: line, logCategory: 'user' })
    return result
  }

  /** The client's own request, and the handler's answer to it, streamed past the host. */
  async #forward(
    definition: HandlerFunction,
    message: InvokeMessage,
    forward: Forward,
  ): Promise<ResultMessage> {
    const { invocationId } = message
    const error = await forward({
      invocationId,
      origin: `http://${handlerHost}:${this.#port}`,
      path: definition.forwarding === 'byName' ? `/${definition.name}` : undefined,
      headers: Object.entries(hostHeaders(invocationId)).flat(),
    })
    if (error) throw error
    return { invocationId, outputData: [] }
  }

  /** The same for an invocation that no client waits for (admin API): its request is made here. */
  async #replay(definition: HandlerFunction, message: InvokeMessage): Promise<ResultMessage> {
    const { invocationId, inputData } = message
    const http = inputData[0]?.data.http
    const { pathname, search } = new URL(http?.url ?? '/', 'http://localhost')
    const path = definition.forwarding === 'byName' ? `/${definition.name}` : pathname
    const answer = await callHandler({
      port: this.#port,
      agent: this.#agent,
      method: http?.method ?? 'GET',
      path: path + search,
      headers: { ...http?.headers, ...hostHeaders(invocationId) },
      body: http?.body?.bytes ?? '',
    })
    const headers = Object.entries(answer.headers).map(([name, value]) => [name, String(value)])
    return {
      invocationId,
      outputData: [],
      returnValue: {
        http: {
          statusCode: String(answer.status),
          headers: Object.fromEntries(headers),
          body: { bytes: answer.body },
        },
      },
    }
  }

  /** What `work` gives, or the loss of the process when that is why it fails or never ends. */
  #untilLost<Value>(work: () => Promise<Value>): Promise<Value> {
    return new Promise((resolve, reject) => {
      if (this.#lost) return reject(this.#lost)
      this.#waiting.add(reject)
      work()
        .then(resolve, async (error: NodeJS.ErrnoException) => {
          if (error.code === undefined) return reject(error)
          await this.#endShows()
          reject(new Error(`The request to the custom handler failed: ${error.message}`, { cause: error }))
        })
        .finally(() => this.#waiting.delete(reject))
    })
  }

  async #endShows(): Promise<void> {
    if (this.#killReason !== undefined) return this.#ended.promise
    const shown = new AbortController()
    const { clock } = this.#app.context
    await Promise.race([this.#ended.promise, clock.sleep(endNoticeMs, shown.signal).catch(() => {})])
    shown.abort()
  }

  #onEnd(end: ProcessEnd | undefined): void {
    const { code, signal } = exitOf(end)
    this.#lost = new WorkerLost(
      this.#killReason
        ? `The worker process ${this.processId} was stopped: ${this.#killReason}`
        : `The worker process ${this.processId} ${signal ? `was ended by ${signal}` : `exited with code ${code}`}`,
    )
    for (const reject of this.#waiting) reject(this.#lost)
    this.#waiting.clear()
    this.#agent.destroy()
    this.#resources.ports.giveBack(this.#port)
    this.#listener.exit(code, signal)
    this.#ended.resolve()
  }
}

const workerMetadata = {
  runtimeName: 'custom',
  runtimeVersion: '',
  workerVersion: hostVersion,
  workerBitness: '',
  customProperties: {},
}

function hostHeaders(invocationId: string): Record<string, string> {
  return { 'X-Azure-Functions-InvocationId': invocationId, 'X-Azure-Functions-HostVersion': hostVersion }
}

/** A process that could not be started ends as a shell would say it. */
function exitOf(end: ProcessEnd | undefined): Pick<ProcessEnd, 'code' | 'signal'> {
  if (end && !end.error) return end
  return { code: end?.error?.code === 'EACCES' ? 126 : 127, signal: null }
}
