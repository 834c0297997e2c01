/**
 * What host and Node worker say to each other over a pipe. The Node library sees only the objects of the
 * Functions RPC contract, so the wire is ours: length-prefixed frames, a JSON head, raw bytes behind it.
 *
 * frame = u32le length of the rest | u8 kind | u32le head length | head (UTF-8 JSON) | tail (raw bytes)
 *
 * Bytes inside a head's `TypedData` are written as `{"bytes":[offset,length]}` into the tail, so that bodies
 * are never encoded. Heads of plain HTTP invocations and answers are arrays (compact-heads.ts).
 */
import type { LentClosedMessage, LentReturnedMessage, LentServedMessage } from './lent-protocol.ts'
import type { TypedData } from './typed-data.ts'

/** Frame kinds; those below 64 go from host to worker. */
export const frameKind = {
  init: 1,
  reload: 2,
  load: 3,
  invoke: 4,
  cancel: 5,
  terminate: 6,
  statusRequest: 7,
  inspect: 8,
  started: 64,
  initialized: 65,
  loaded: 66,
  result: 67,
  log: 68,
  status: 69,
  inspected: 70,
  lentServed: 71,
  lentReturned: 72,
  lentClosed: 73,
} as const

/** A larger frame is refused by writer and reader: a body of that size belongs into a stream. */
export const maxFrameBytes = 2 ** 30

export type FrameName = keyof typeof frameKind

/** The head of each kind of frame. */
export interface FrameHeads {
  init: InitMessage
  reload: ReloadMessage
  load: LoadMessage
  invoke: InvokeMessage
  cancel: CancelMessage
  terminate: TerminateMessage
  statusRequest: StatusRequestMessage
  inspect: InspectMessage
  started: StartedMessage
  initialized: InitializedMessage
  loaded: LoadedMessage
  result: ResultMessage
  log: LogMessage
  status: StatusMessage
  inspected: InspectedMessage
  lentServed: LentServedMessage
  lentReturned: LentReturnedMessage
  lentClosed: LentClosedMessage
}

/** First frame to a worker. Without `appDirectory` the worker warms up and waits to be specialised by `reload`. */
export interface InitMessage {
  hostVersion: string
  workerId: string
  appDirectory?: string
  /** System logs below it need not be sent (default `information`); user logs always are. */
  systemLogLevel?: LogMessage['level']
}

/** First frame from a worker: the process is up and waits for `init`. */
export interface StartedMessage {
  workerId: string
}

/** Specialises a waiting worker: its environment is replaced, then the app is loaded. */
export interface ReloadMessage {
  environment: Record<string, string>
  appDirectory: string
  systemLogLevel?: LogMessage['level']
}

/** Answer to `init` (with an app) and to `reload`. */
export interface InitializedMessage {
  /** Set when nothing of the app runs. */
  error?: RpcException
  /** Entry points that did not load; their functions are missing. Paths are relative to the app, with `/`. */
  brokenFiles: { file: string; error: RpcException }[]
  capabilities: Record<string, string>
  metadata: WorkerMetadata
  /** Functions that the app registered; empty = the host indexes function.json files. */
  functions: RpcFunctionMetadata[]
}

export interface WorkerMetadata {
  runtimeName: string
  runtimeVersion: string
  workerVersion: string
  workerBitness: string
  customProperties: Record<string, string>
}

export interface RpcFunctionMetadata {
  name: string
  functionId: string
  directory?: string
  scriptFile?: string
  entryPoint?: string
  /** JSON of each binding with its name, as the app wrote it. */
  rawBindings: string[]
  bindings: Record<string, RpcBindingInfo>
  retryOptions?: RpcRetryOptions
}

export interface RpcBindingInfo {
  type: string
  direction: 'in' | 'out' | 'inout'
  dataType?: 'undefined' | 'string' | 'binary' | 'stream'
  properties?: Record<string, string>
}

export interface RpcDuration {
  seconds: number
  nanos?: number
}

export interface RpcRetryOptions {
  /** -1 = for ever. */
  maxRetryCount: number
  retryStrategy: 'fixedDelay' | 'exponentialBackoff'
  delayInterval?: RpcDuration
  minimumInterval?: RpcDuration
  maximumInterval?: RpcDuration
}

/** Functions that the host indexed from function.json; the answer has one entry each. */
export interface LoadMessage {
  functions: RpcFunctionMetadata[]
}

export interface LoadedMessage {
  results: { functionId: string; error?: RpcException }[]
}

export interface InvokeMessage {
  invocationId: string
  functionId: string
  /** The trigger's value first. */
  inputData: { name: string; data: TypedData }[]
  triggerMetadata?: Record<string, TypedData>
  traceContext?: { traceParent: string; traceState: string; attributes: Record<string, string> }
  retryContext?: { retryCount: number; maxRetryCount: number; exception?: RpcException }
}

export interface CancelMessage {
  invocationId: string
}

/** The worker runs its `appTerminate` hooks and exits with 0 within the grace period. */
export interface TerminateMessage {
  graceMs: number
}

/** Asks for a sign of life; the time until the answer tells how long the worker's event loop is blocked. */
export type StatusRequestMessage = Record<string, never>

export type StatusMessage = Record<string, never>

/** Opens the debugger's port of the process, or closes it when there is no `open`; the answer is `inspected`. */
export interface InspectMessage {
  open?: {
    host: string
    /** 0 = any free one. */
    port: number
    /** `wait`: answers when a debugger is there; `break`: then pauses at the first line of the app, too. */
    mode: 'run' | 'wait' | 'break'
  }
}

export interface InspectedMessage {
  /** Where a debugger attaches; absent when the port is closed, or could not be had. */
  url?: string
}

export interface ResultMessage {
  invocationId: string
  outputData: { name: string; data: TypedData }[]
  returnValue?: TypedData | null
  /** Set = the invocation failed. */
  error?: RpcException
}

export interface RpcException {
  message: string
  stackTrace: string
  source?: string
  isUserException?: boolean
}

export interface LogMessage {
  /** Absent for logs outside of an invocation. */
  invocationId?: string
  /** `<function name>.Invocation`; empty for logs outside of an invocation. */
  category: string
  level: 'trace' | 'debug' | 'information' | 'warning' | 'error' | 'critical' | 'none'
  message: string
  logCategory: 'user' | 'system' | 'customMetric'
  error?: RpcException
}
