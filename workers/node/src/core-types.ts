/**
 * The shapes that programming models (`@azure/functions` v3 and v4, third-party ones) share with the worker
 * through the injected module `@azure/functions-core` (types-core of the official worker).
 */
import type { InvokeMessage, LogMessage, RpcBindingInfo, RpcRetryOptions, TypedData } from '@aloft/wire'

export type LogLevel = LogMessage['level']
export type LogCategory = LogMessage['logCategory']

export type FunctionCallback = (...args: unknown[]) => unknown
export type HookCallback = (context: HookContext) => void | Promise<void>
export type HookData = Record<string, unknown>

export interface HookContext {
  readonly hookData: HookData
  readonly appHookData?: HookData
}

/** What `registerFunction` takes. Bindings keep every property that the app gave them. */
export interface CoreFunctionMetadata {
  name: string
  functionId?: string
  bindings: Record<string, RpcBindingInfo>
  retryOptions?: RpcRetryOptions | null
  directory?: string
  scriptFile?: string
}

export type InvocationState = 'preInvocationHooks' | 'postInvocationHooks' | 'invocation' | undefined

/** One invocation, as the programming model sees it. */
export interface CoreInvocationContext {
  invocationId: string
  request: InvokeMessage
  metadata: CoreFunctionMetadata
  state?: InvocationState
  log(level: LogLevel, category: LogCategory, message: string): void
}

export interface CoreInvocationResponse {
  invocationId?: string | null
  outputData?: { name: string; data: TypedData }[] | null
  returnValue?: TypedData | null
}

export interface InvocationModel {
  getArguments(): Promise<{ context: unknown; inputs: unknown[] }>
  invokeFunction(context: unknown, inputs: unknown[], callback: FunctionCallback): Promise<unknown>
  getResponse(context: unknown, result: unknown): Promise<CoreInvocationResponse>
}

export interface ProgrammingModel {
  name: string
  version: string
  getInvocationModel(context: CoreInvocationContext): InvocationModel | Promise<InvocationModel>
  getCapabilities?(defaults: Record<string, string>): Record<string, string> | Promise<Record<string, string>>
}
