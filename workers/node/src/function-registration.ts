/** `registerFunction` of `@azure/functions-core`, and what the host learns of a registered function. */
import { basename, dirname } from 'node:path'
import type { RpcBindingInfo, RpcFunctionMetadata, RpcRetryOptions } from '@aloft/wire'
import type { CoreFunctionMetadata, FunctionCallback } from './core-types.ts'
import { Disposable } from './disposable.ts'
import { SystemError, SystemRangeError } from './errors.ts'
import type { RegisteredFunction, WorkerState } from './worker-state.ts'

/** Only while the app starts. Throws `SystemError` when the id is taken or it is too late. */
export function registerFunction(
  worker: WorkerState,
  metadata: CoreFunctionMetadata,
  callback: FunctionCallback,
): Disposable {
  const { app } = worker
  if (app.isRegistrationLocked) throw new SystemError('A function can only be registered during app startup.')
  app.usesRegistration = true
  const functionId = metadata.functionId || metadata.name
  if (app.functions.has(functionId))
    throw new SystemError(`A function with id "${functionId}" has already been registered.`)
  for (const binding of Object.values(metadata.bindings)) checkBinding(binding)
  // A guess: the function may live in a file that the entry point loaded.
  const place = app.currentEntryPoint
    ? { scriptFile: basename(app.currentEntryPoint), directory: dirname(app.currentEntryPoint) }
    : { scriptFile: 'unknown' }
  app.functions.set(functionId, {
    metadata: { ...metadata, functionId, ...place },
    callback,
    logCategory: `${metadata.name}.Invocation`,
  })
  return new Disposable(() => {
    if (app.isRegistrationLocked) throw new SystemError('A function can only be disposed during app startup.')
    app.functions.delete(functionId)
  })
}

/** Names must come out the same in every worker process of an app: ids and bindings are taken as they are. */
export function toRpcFunctionMetadata({ metadata }: RegisteredFunction): RpcFunctionMetadata {
  const bindings = Object.entries(metadata.bindings)
  return {
    name: metadata.name,
    functionId: metadata.functionId ?? metadata.name,
    directory: metadata.directory,
    scriptFile: metadata.scriptFile,
    rawBindings: bindings.map(([name, binding]) => JSON.stringify({ ...binding, name })),
    bindings: Object.fromEntries(bindings.map(([name, binding]) => [name, toRpcBinding(binding)])),
    retryOptions: metadata.retryOptions ? toRpcRetryOptions(metadata.retryOptions) : undefined,
  }
}

function toRpcBinding({ type, direction, dataType, properties }: RpcBindingInfo): RpcBindingInfo {
  return { type, direction, dataType, properties }
}

function toRpcRetryOptions(options: RpcRetryOptions): RpcRetryOptions {
  const { maxRetryCount, retryStrategy, delayInterval, minimumInterval, maximumInterval } = options
  return { maxRetryCount, retryStrategy, delayInterval, minimumInterval, maximumInterval }
}

function checkBinding({ direction, dataType }: RpcBindingInfo): void {
  checkMember('CoreRpcBindingDirection', direction, ['in', 'out', 'inout'])
  checkMember('CoreRpcBindingDataType', dataType, ['undefined', 'string', 'binary', 'stream'])
}

function checkMember(typeName: string, value: string | undefined | null, allowed: readonly string[]): void {
  if (value !== undefined && value !== null && !allowed.includes(value))
    throw new SystemRangeError(`Unexpected value "${value}" for type "${typeName}"`)
}
