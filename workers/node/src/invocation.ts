/** One invocation from message to result: arguments, hooks, user code, hooks, response. */
import type { InvokeMessage, TypedData } from '@aloft/wire'
import type {
  CoreFunctionMetadata,
  CoreInvocationContext,
  CoreInvocationResponse,
  FunctionCallback,
  HookData,
  InvocationState,
  LogCategory,
  LogLevel,
} from './core-types.ts'
import { ensureError, isErrorValue, SystemError, toRpcException } from './errors.ts'
import { executeHooks, invocationHookContext } from './hooks.ts'
import { findLegacyFunction } from './legacy-function.ts'
import { isSystemLogWanted, type LogSource, log, systemLog } from './log.ts'
import { getProgrammingModel } from './programming-model.ts'
import type { RegisteredFunction, WorkerState } from './worker-state.ts'

/** Runs the function and sends its result; never rejects. */
export async function invoke(worker: WorkerState, message: InvokeMessage): Promise<void> {
  try {
    const response = await runFunction(worker, message)
    worker.writer.send('result', {
      invocationId: message.invocationId,
      outputData: response.outputData ?? [],
      returnValue: response.returnValue,
      error: undefined,
    })
  } catch (thrown) {
    const error = ensureError(thrown)
    if (error.isAzureFunctionsSystemError) systemLog(worker, 'error', error.message)
    worker.writer.send('result', {
      invocationId: message.invocationId,
      outputData: [],
      returnValue: undefined,
      error: toRpcException(error),
    })
  }
}

/**
 * Runs the function; rejects when it fails. Hook contexts are made only when there are hooks (`./aloft bench worker`).
 */
export async function runFunction(
  worker: WorkerState,
  message: InvokeMessage,
): Promise<CoreInvocationResponse> {
  const found = findFunction(worker, message.functionId)
  const invocation = new Invocation(worker, message, found)
  if (isSystemLogWanted(worker, 'debug'))
    invocation.log(
      'debug',
      'system',
      `Worker ${worker.id} received FunctionInvocationRequest with invocationId ${message.invocationId}`,
    )
  const { hooks } = worker.app
  const made = getProgrammingModel(worker).getInvocationModel(invocation)
  const model = 'then' in made ? await made : made
  let { context, inputs } = await model.getArguments()
  let { callback } = found
  invocation.setContext(context)
  if (hooks.preInvocation.length > 0)
    ({ inputs, callback } = await runPreInvocationHooks(worker, invocation, inputs, callback))
  let outcome: Outcome
  invocation.state = 'invocation'
  try {
    outcome = { result: await model.invokeFunction(context, inputs, callback), error: null }
  } catch (error) {
    outcome = { result: null, error }
  }
  invocation.state = undefined
  if (hooks.postInvocation.length > 0)
    outcome = await runPostInvocationHooks(worker, invocation, inputs, outcome)
  if (isErrorValue(outcome.error)) throw outcome.error
  const response = await model.getResponse(context, outcome.result)
  if (outcome.result == null && isStreamed(worker, found)) response.returnValue = noAnswer
  return response
}

/** A streamed answer goes past the host, which could not tell one that does not come from one that is on its way. */
const noAnswer: TypedData = { json: 'null' }

function isStreamed(worker: WorkerState, { metadata }: RegisteredFunction): boolean {
  if (!worker.app.isHttpStreaming) return false
  return Object.values(metadata.bindings).some(({ type }) => type?.toLowerCase() === 'httptrigger')
}

interface Outcome {
  result: unknown
  error: unknown
}

function findFunction(worker: WorkerState, functionId: string): RegisteredFunction {
  const found = worker.app.usesRegistration
    ? worker.app.functions.get(functionId)
    : findLegacyFunction(worker, functionId)
  if (!found) throw new SystemError(`Function code for '${functionId}' is not loaded and cannot be invoked.`)
  return found
}

async function runPreInvocationHooks(
  worker: WorkerState,
  invocation: Invocation,
  inputs: unknown[],
  callback: FunctionCallback,
): Promise<{ inputs: unknown[]; callback: FunctionCallback }> {
  const source = invocation.source()
  const context = invocationHookContext(worker.app, source.hookData, source.invocationContext, {
    functionCallback: callback,
    inputs,
  })
  invocation.state = 'preInvocationHooks'
  try {
    await executeHooks(worker, 'preInvocation', context, source)
  } finally {
    invocation.state = undefined
  }
  return { inputs: context.inputs, callback: context.functionCallback }
}

async function runPostInvocationHooks(
  worker: WorkerState,
  invocation: Invocation,
  inputs: unknown[],
  outcome: Outcome,
): Promise<Outcome> {
  const source = invocation.source()
  const context = invocationHookContext(worker.app, source.hookData, source.invocationContext, {
    inputs,
    ...outcome,
  })
  invocation.state = 'postInvocationHooks'
  try {
    await executeHooks(worker, 'postInvocation', context, source)
  } finally {
    invocation.state = undefined
  }
  return context
}

class Invocation implements CoreInvocationContext {
  invocationId: string
  request: InvokeMessage
  metadata: CoreFunctionMetadata
  state: InvocationState = undefined
  readonly #worker: WorkerState
  readonly #logCategory: string
  #context: unknown = undefined
  #hookData: HookData | undefined = undefined

  constructor(worker: WorkerState, request: InvokeMessage, found: RegisteredFunction) {
    this.invocationId = request.invocationId
    this.request = request
    this.metadata = found.metadata
    this.#worker = worker
    this.#logCategory = found.logCategory
  }

  /** `context` is the object that the function and the log hooks get. */
  setContext(context: unknown): void {
    this.#context = context
  }

  log(level: LogLevel, category: LogCategory, message: string): void {
    log(this.#worker, level, category, message, this.source())
  }

  source(): LogSource {
    this.#hookData ??= {}
    return {
      invocationId: this.invocationId,
      logCategory: this.#logCategory,
      hookData: this.#hookData,
      invocationContext: this.#context,
    }
  }
}
