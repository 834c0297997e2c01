/** The one way by which code is started: limits, retries, inputs, the worker, outputs, logs and telemetry. */
import {
  type BindingContext,
  type Clock,
  type DirectExchange,
  ensureError,
  formatTimeSpan,
  formatTraceParent,
  type InvocationPhases,
  type InvocationResult,
  type Logger,
  newId,
  newSpan,
  parseTraceParent,
  type RetryPolicy,
  type TelemetrySink,
  type TraceContext,
  withTrace,
} from '@aloft/kernel'
import type { InvokeMessage, LentTable, ResultMessage, RpcException } from '@aloft/wire'
import type { BindingRegistry } from '../binding-registry.ts'
import type {
  AppConfiguration,
  FunctionIndex,
  HttpInvocationInput,
  HttpInvoker,
  LentRun,
  LentRunEnd,
  LentRunStart,
  WorkerChannel,
} from '../contracts.ts'
import { httpReason } from '../http/index.ts'
import type { WorkerPool } from '../worker/pool.ts'
import { Deadlines } from './deadlines.ts'
import { type FunctionEntry, prepareFunction } from './function-entry.ts'
import { BindingResolver, readInputs } from './inputs.ts'
import { outputsOf, returnValueOf, writeOutputs } from './outputs.ts'
import { PhaseWatch } from './phase-watch.ts'
import { type RetryState, withRetry } from './retry.ts'
import { type Run, type RunReporter, reportBegin, reportDetails, reportEnd } from './run-report.ts'
import { SilenceWatch } from './silence-watch.ts'
import { toTriggerMetadata } from './trigger-metadata.ts'

export interface InvokerOptions {
  readonly app: AppConfiguration
  readonly index: FunctionIndex
  readonly registry: BindingRegistry
  readonly pool: WorkerPool
  readonly clock: Clock
  readonly log: Logger
  readonly telemetry: TelemetrySink | undefined
  /** Whether the worker looks at an HTTP request's metadata; the v4 library does not, and making it costs time. */
  readonly needsHttpMetadata: boolean
}

/** What has a time limit. */
interface TimedRun {
  readonly id: string
  readonly entry: FunctionEntry
  /** The worker that has it in hand. */
  readonly channel: WorkerChannel | undefined
}

/** One run of a function's code. */
interface Attempt extends Run, TimedRun {
  readonly input: HttpInvocationInput
  readonly span: TraceContext
  readonly retry: RetryState | undefined
  readonly watch: PhaseWatch | undefined
  channel: WorkerChannel | undefined
  stopCancelling: (() => void) | undefined
}

/** The user's code failed, or its worker did. */
export class FunctionFailure extends Error {
  override readonly name = 'FunctionFailure'
}

export class AppInvoker implements HttpInvoker {
  readonly #options: InvokerOptions
  readonly #entries: ReadonlyMap<string, FunctionEntry>
  readonly #entriesById: ReadonlyMap<string, FunctionEntry>
  readonly #deadlines: Deadlines<TimedRun>
  readonly #silence: SilenceWatch
  readonly #reporter: RunReporter
  #outstanding = 0
  #running = 0
  #onIdle: (() => void)[] = []

  constructor(options: InvokerOptions) {
    this.#options = options
    this.#entries = new Map(
      options.index.functions.map((definition) => [
        definition.name.toLowerCase(),
        prepareFunction(definition, options.log),
      ]),
    )
    this.#entriesById = new Map([...this.#entries.values()].map((entry) => [entry.id, entry]))
    const { app, clock, telemetry } = options
    this.#reporter = { appName: app.context.name, telemetry }
    this.#silence = new SilenceWatch(clock, app.host.functionTimeoutMs, (channel) => this.#onSilence(channel))
    this.#deadlines = new Deadlines(options.clock, options.app.host.functionTimeoutMs, (attempt) =>
      this.#onTimeout(attempt),
    )
  }

  takesRequests(functionId: string): boolean {
    return this.#options.pool.takesRequests(functionId)
  }

  /** Invocations that have begun and not ended, retries that wait included. */
  get outstanding(): number {
    return this.#outstanding
  }

  /** Attempts that run now. */
  get running(): number {
    return this.#running
  }

  /** Where a worker's log lines of one function go. */
  userLog(functionName: string): Logger | undefined {
    return this.#entries.get(functionName.toLowerCase())?.userLog
  }

  async invoke(functionName: string, input: HttpInvocationInput): Promise<InvocationResult> {
    const entry = this.#entries.get(functionName.toLowerCase())
    if (!entry) throw new Error(`There is no function '${functionName}' in this app.`)
    this.#outstanding++
    const result = await (entry.retry
      ? this.#attemptWithRetry(entry, entry.retry, input)
      : this.#attempt(entry, input, undefined))
    this.#leave()
    return result
  }

  runsAlone(functionName: string): boolean {
    const entry = this.#entries.get(functionName.toLowerCase())
    if (!entry || this.#options.needsHttpMetadata) return false
    const hasOwnAnswer = entry.httpOutput === undefined || entry.httpOutput === '$return'
    return hasOwnAnswer && !entry.retry && entry.inputs.length === 0 && entry.outputs.length === 0
  }

  lend(exchange: DirectExchange, table: LentTable): void {
    const channel = this.#options.pool.acquire()
    if (channel instanceof Promise) return
    channel.lend?.(exchange, table)
    this.#silence.add(channel)
  }

  recall(): void {
    this.#options.pool.recall()
  }

  /** A worker has begun an invocation on a connection that was lent to it. */
  beginLent(start: LentRunStart, channel: WorkerChannel): LentRun {
    const begun = this.#lentRun(start)
    const run: Run & TimedRun = { ...begun, channel }
    reportBegin(run, httpReason)
    this.#outstanding++
    this.#running++
    this.#deadlines.add(run)
    return {
      end: (end) => {
        this.#deadlines.remove(run)
        this.#reportLentEnd(run, end)
        this.#running--
        this.#leave()
      },
    }
  }

  /** The same when it is over. */
  ranLent(start: LentRunStart, end: LentRunEnd): void {
    const run = this.#lentRun(start)
    reportBegin(run, httpReason)
    this.#reportLentEnd(run, end)
  }

  #lentRun({ functionId, invocationId, traceId, spanId, parentSpanId, startTime, url }: LentRunStart): Run {
    const entry = this.#entriesById.get(functionId)
    if (!entry) throw new Error(`The worker runs a function '${functionId}' that this app does not have.`)
    return { id: invocationId, entry, span: { traceId, spanId }, parentSpanId, startTime, url }
  }

  #reportLentEnd(run: Run, end: LentRunEnd): void {
    const isLost = 'error' in end
    const error = isLost ? end.error : end.exception && toFailure(end.exception)
    const durationMs = isLost ? Math.max(0, this.#options.clock.now() - run.startTime) : end.durationMs
    const resultCode = isLost ? undefined : end.resultCode
    reportEnd(this.#reporter, run, { durationMs, error, resultCode, phases: phasesOf(durationMs) })
    if (!error) this.#options.pool.worked()
  }

  #leave(): void {
    if (--this.#outstanding === 0) for (const notify of this.#onIdle.splice(0)) notify()
  }

  #attemptWithRetry(
    entry: FunctionEntry,
    policy: RetryPolicy,
    input: HttpInvocationInput,
  ): Promise<InvocationResult> {
    const attempt = (state: RetryState) => this.#attempt(entry, input, state)
    return withRetry({ policy, clock: this.#options.clock, log: entry.log, signal: input.signal, attempt })
  }

  /** Resolves when nothing runs any more, or `signal` aborts. */
  async drained(signal: AbortSignal): Promise<void> {
    if (this.#outstanding === 0 || signal.aborted) return
    await new Promise<void>((resolve) => {
      this.#onIdle.push(resolve)
      signal.addEventListener('abort', () => resolve(), { once: true })
    })
  }

  close(): void {
    this.#deadlines.close()
    this.#silence.close()
  }

  async #attempt(
    entry: FunctionEntry,
    input: HttpInvocationInput,
    retry: RetryState | undefined,
  ): Promise<InvocationResult> {
    const { clock, telemetry } = this.#options
    const id = newId()
    const parent = parseTraceParent(input.traceParent, input.traceState)
    const span = newSpan(parent)
    const startTime = clock.now()
    const startedAt = clock.elapsed()
    const watch = telemetry?.wantsPhases ? new PhaseWatch(clock, input.occurredAt) : undefined
    const attempt: Attempt = {
      id,
      entry,
      input,
      span,
      parentSpanId: parent?.spanId ?? '',
      startTime,
      url: input.data.http?.url,
      retry,
      watch,
      channel: undefined,
      stopCancelling: undefined,
    }
    let error: Error | undefined
    let returnValue: InvocationResult['returnValue']
    this.#running++
    try {
      const sending = this.#send(attempt)
      // The worker is at it while this is told; what it says itself comes in a later turn.
      reportBegin(attempt, input.reason)
      if (input.details) reportDetails(attempt, formatDetails(input.details))
      const result = await sending
      watch?.enter('outputs')
      if (result.error) throw toFailure(result.error)
      const outputs = outputsOf(entry, result)
      if (outputs.length > 0) {
        const context = this.#bindingContext(entry, id, input)
        // What a binding calls on the way belongs to the invocation's trace.
        const resolver = new BindingResolver(input, context)
        await withTrace(span, () => writeOutputs(outputs, this.#options.registry, resolver, context))
      }
      returnValue = returnValueOf(entry, result)
      this.#options.pool.worked()
    } catch (thrown) {
      error = ensureError(thrown)
    }
    this.#running--
    this.#deadlines.remove(attempt)
    attempt.stopCancelling?.()
    const durationMs = clock.elapsed() - startedAt
    const resultCode = returnValue?.http?.statusCode ?? undefined
    reportEnd(this.#reporter, attempt, { durationMs, error, resultCode, phases: watch?.stop() })
    return { invocationId: id, status: error ? 'failed' : 'succeeded', returnValue, error, durationMs }
  }

  /**
   * Never throws. Not an asynchronous function: on the way to a worker that is ready, it would cost half a microsecond.
   */
  #send(attempt: Attempt): Promise<ResultMessage> {
    try {
      const channel = this.#options.pool.acquire()
      return channel instanceof Promise || attempt.entry.inputs.length > 0
        ? this.#sendPrepared(attempt, channel)
        : this.#sendTo(channel, attempt, [])
    } catch (error) {
      return Promise.reject(error)
    }
  }

  async #sendPrepared(
    attempt: Attempt,
    acquired: WorkerChannel | Promise<WorkerChannel>,
  ): Promise<ResultMessage> {
    const channel = await acquired
    const { id, entry, input, span, watch } = attempt
    if (entry.inputs.length === 0) return this.#sendTo(channel, attempt, [])
    watch?.enter('inputs')
    const context = this.#bindingContext(entry, id, input)
    const resolver = new BindingResolver(input, context)
    const { registry } = this.#options
    const inputs = await withTrace(span, () => readInputs(entry.inputs, registry, resolver, context))
    return this.#sendTo(channel, attempt, inputs)
  }

  #sendTo(
    channel: WorkerChannel,
    attempt: Attempt,
    inputs: InvokeMessage['inputData'],
  ): Promise<ResultMessage> {
    const { id, entry, input, span } = attempt
    const trigger = { name: entry.definition.trigger.name, data: input.data }
    const message: InvokeMessage = {
      invocationId: id,
      functionId: entry.id,
      inputData: inputs.length === 0 ? [trigger] : [trigger, ...inputs],
      triggerMetadata: input.metadata ?? this.#httpMetadata(input),
      traceContext: { traceParent: formatTraceParent(span), traceState: span.state, attributes: {} },
      retryContext: attempt.retry,
    }
    attempt.watch?.enter('worker')
    attempt.channel = channel
    this.#deadlines.add(attempt)
    // Asking for the signal makes one: only for workers that do something with it.
    if (channel.handlesCancel && input.signal)
      attempt.stopCancelling = cancelOnAbort(input.signal, channel, id)
    return channel.invoke(message, input)
  }

  #httpMetadata(input: HttpInvocationInput): InvokeMessage['triggerMetadata'] {
    return this.#options.needsHttpMetadata && input.data.http
      ? toTriggerMetadata(input.bindingData?.() ?? {})
      : undefined
  }

  #bindingContext(entry: FunctionEntry, invocationId: string, input: HttpInvocationInput): BindingContext {
    const signal = input.signal ?? neverAborts
    return { app: this.#options.app.context, function: entry.definition, invocationId, signal }
  }

  #onTimeout({ id, entry, channel }: TimedRun): void {
    if (!channel) return
    const limit = this.#timeLimit()
    const text = `Timeout value of ${limit} exceeded by function 'Functions.${entry.name}' (Id: '${id}'). Initiating cancellation.`
    entry.log.error(text)
    channel.cancel(id)
    this.#options.pool.recycle(channel, `the function '${entry.name}' ran longer than ${limit}`)
  }

  #onSilence(channel: WorkerChannel): void {
    const limit = this.#timeLimit()
    const text = `Timeout value of ${limit} exceeded: a function keeps the worker process ${channel.processId} from doing anything else.`
    this.#options.log.error(text)
    this.#options.pool.recycle(channel, `a function blocked it longer than ${limit}`)
  }

  #timeLimit(): string {
    return formatTimeSpan(this.#options.app.host.functionTimeoutMs ?? 0)
  }
}

/** A worker that answers by itself has it from its first moment to its last. */
function phasesOf(workerMs: number): InvocationPhases {
  return { waitMs: 0, inputsMs: 0, workerMs, outputsMs: 0 }
}

const neverAborts = new AbortController().signal

function cancelOnAbort(signal: AbortSignal, channel: WorkerChannel, id: string): () => void {
  const cancel = () => channel.cancel(id)
  if (signal.aborted) cancel()
  else signal.addEventListener('abort', cancel, { once: true })
  return () => signal.removeEventListener('abort', cancel)
}

function toFailure(exception: RpcException): FunctionFailure {
  const failure = new FunctionFailure(exception.message)
  failure.stack = exception.stackTrace || `${exception.message}`
  return failure
}

function formatDetails(details: Readonly<Record<string, string>>): string {
  return Object.entries(details)
    .map(([name, value]) => `${name}: ${value}`)
    .join(', ')
}
