/**
 * What an out-of-process SDK returns as its actions (azure-functions-durable-extension,
 * `OutOfProcOrchestrationShim`): the whole list since the start of the execution, without ids. Read leniently where
 * SDKs differ, never trusted where the walk relies on it.
 */

/** A value of JSON that is only passed on. */
export type JsonToken = unknown

export interface RetryOptions {
  readonly firstRetryIntervalMs: number
  readonly maxNumberOfAttempts: number
  readonly backoffCoefficient: number
  readonly maxRetryIntervalMs: number | undefined
  readonly retryTimeoutMs: number | undefined
}

export interface EntityName {
  readonly name: string
  readonly key: string
}

/** `httpRequest` of a CallHttp action. */
export interface HttpCall {
  readonly method: string
  readonly uri: string
  readonly content?: string | null
  readonly headers?: Readonly<Record<string, string>> | null
  readonly tokenSource?: JsonToken
  readonly asynchronousPatternEnabled?: boolean
  readonly retryOptions?: JsonToken
  readonly timeout?: JsonToken
}

/** `key` tells a task that is yielded again from one that is like it; only our own Node worker sends it. */
interface Keyed {
  readonly key: number | undefined
}

export type WorkerAction =
  | (Keyed & {
      readonly kind: 'activity'
      readonly name: string
      readonly input: JsonToken
      readonly retry: RetryOptions | undefined
    })
  | (Keyed & {
      readonly kind: 'sub-orchestration'
      readonly name: string
      readonly instanceId: string | undefined
      readonly input: JsonToken
      readonly version: string | undefined
      readonly retry: RetryOptions | undefined
    })
  | (Keyed & { readonly kind: 'timer'; readonly fireAt: number; readonly isCanceled: boolean })
  | (Keyed & { readonly kind: 'event'; readonly name: string })
  | (Keyed & {
      readonly kind: 'call-entity'
      readonly instanceId: string
      readonly operation: string
      readonly input: JsonToken
    })
  | (Keyed & { readonly kind: 'http'; readonly request: HttpCall })
  | (Keyed & {
      readonly kind: 'lock'
      readonly lockRequestId: string
      readonly lockSet: readonly EntityName[]
    })
  | (Keyed & { readonly kind: 'any' | 'all'; readonly children: readonly WorkerAction[] })
  | { readonly kind: 'continue-as-new'; readonly input: JsonToken }
  | {
      readonly kind: 'signal-entity'
      readonly instanceId: string
      readonly operation: string
      readonly input: JsonToken
      /** Milliseconds since 1970. */
      readonly at: number | undefined
    }
  | { readonly kind: 'release' }

/** Actions that a task stands for. */
export type TaskAction = Exclude<
  WorkerAction,
  { readonly kind: 'continue-as-new' | 'signal-entity' | 'release' }
>

/** The worker returned something that is no orchestrator state. */
export class InvalidWorkerState extends Error {
  override readonly name = 'InvalidWorkerState'
}

const typeNames = [
  'CallActivity',
  'CallActivityWithRetry',
  'CallSubOrchestrator',
  'CallSubOrchestratorWithRetry',
  'ContinueAsNew',
  'CreateTimer',
  'WaitForExternalEvent',
  'CallEntity',
  'CallHttp',
  'SignalEntity',
  'ScheduledSignalEntity',
  'WhenAny',
  'WhenAll',
  'LockEntities',
  'ReleaseEntities',
]

type Fields = Readonly<Record<string, unknown>>

/** The SDK's next id when it took the action; only our own Node worker tells. */
export function startIdOf(value: unknown): number | undefined {
  const id = typeof value === 'object' && value !== null ? (value as Fields).startId : undefined
  return typeof id === 'number' ? id : undefined
}

/** @throws InvalidWorkerState */
export function readAction(value: unknown): WorkerAction {
  if (typeof value !== 'object' || value === null) throw new InvalidWorkerState('An action is not an object.')
  const fields = value as Fields
  const type =
    typeof fields.actionType === 'string' ? typeNames.indexOf(fields.actionType) : fields.actionType
  const key = typeof fields.taskKey === 'number' ? fields.taskKey : undefined
  const { input } = fields
  switch (type) {
    case 0:
    case 1: {
      const retry = type === 1 ? readRetryOptions(fields) : undefined
      return { kind: 'activity', key, name: text(fields, 'functionName'), input, retry }
    }
    case 2:
    case 3:
      return {
        kind: 'sub-orchestration',
        key,
        name: text(fields, 'functionName'),
        instanceId: optionalText(fields.instanceId),
        input,
        version: optionalText(fields.version),
        retry: type === 3 ? readRetryOptions(fields) : undefined,
      }
    case 4:
      return { kind: 'continue-as-new', input }
    case 5:
      return { kind: 'timer', key, fireAt: time(fields, 'fireAt'), isCanceled: fields.isCanceled === true }
    case 6:
      return { kind: 'event', key, name: text(fields, 'externalEventName') }
    case 7: {
      const operation = text(fields, 'operation')
      return { kind: 'call-entity', key, instanceId: text(fields, 'instanceId'), operation, input }
    }
    case 8:
      return { kind: 'http', key, request: readHttpCall(fields.httpRequest) }
    case 9:
    case 10: {
      const at = type === 10 ? time(fields, 'fireAt') : undefined
      const operation = text(fields, 'operation')
      return { kind: 'signal-entity', instanceId: text(fields, 'instanceId'), operation, input, at }
    }
    case 11:
    case 12: {
      const children = list(fields, 'compoundActions').map(readAction)
      return { kind: type === 11 ? 'any' : 'all', key, children }
    }
    case 13: {
      const lockSet = list(fields, 'lockSet').map(readEntityName)
      return { kind: 'lock', key, lockRequestId: text(fields, 'lockRequestId'), lockSet }
    }
    case 14:
      return { kind: 'release' }
    default:
      throw new InvalidWorkerState(`The action type ${JSON.stringify(fields.actionType)} is not known.`)
  }
}

function readRetryOptions(action: Fields): RetryOptions {
  const options = action.retryOptions
  if (typeof options !== 'object' || options === null)
    throw new InvalidWorkerState(`The action for '${String(action.functionName)}' has no retryOptions.`)
  const fields = options as Fields
  return {
    firstRetryIntervalMs: number(fields, 'firstRetryIntervalInMilliseconds'),
    maxNumberOfAttempts: number(fields, 'maxNumberOfAttempts'),
    backoffCoefficient: optionalNumber(fields.backoffCoefficient) ?? 1,
    maxRetryIntervalMs: optionalNumber(fields.maxRetryIntervalInMilliseconds),
    retryTimeoutMs: optionalNumber(fields.retryTimeoutInMilliseconds),
  }
}

function readHttpCall(value: unknown): HttpCall {
  if (typeof value !== 'object' || value === null)
    throw new InvalidWorkerState('A CallHttp action has no httpRequest.')
  const fields = value as Fields
  return { ...fields, method: text(fields, 'method'), uri: text(fields, 'uri') }
}

function readEntityName(value: unknown): EntityName {
  const fields = (typeof value === 'object' && value !== null ? value : {}) as Fields
  return { name: text(fields, 'name').toLowerCase(), key: text(fields, 'key') }
}

function text(fields: Fields, name: string): string {
  const value = fields[name]
  if (typeof value === 'string') return value
  throw new InvalidWorkerState(`An action's '${name}' is not a text.`)
}

function number(fields: Fields, name: string): number {
  const value = fields[name]
  if (typeof value === 'number') return value
  throw new InvalidWorkerState(`An action's '${name}' is not a number.`)
}

function time(fields: Fields, name: string): number {
  const value = Date.parse(text(fields, name))
  if (!Number.isNaN(value)) return value
  throw new InvalidWorkerState(`An action's '${name}' is not a time: ${String(fields[name])}`)
}

function list(fields: Fields, name: string): readonly unknown[] {
  const value = fields[name]
  if (Array.isArray(value)) return value
  throw new InvalidWorkerState(`An action's '${name}' is not a list.`)
}

function optionalText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

function optionalNumber(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined
}
