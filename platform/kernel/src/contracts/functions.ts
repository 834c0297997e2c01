/**
 * How services and the Functions host meet: services contribute triggers and bindings, the host offers one
 * invoker. The host knows these interfaces, never the services.
 */

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { TypedData } from '@aloft/wire'
import type { Clock } from '../clock.ts'
import type { Logger } from '../log/logger.ts'
import type { TelemetrySink } from './telemetry.ts'

/** One entry of a function's `bindings`, after `%SETTING%` substitution; further keys are the binding's own. */
export interface BindingDefinition {
  readonly name: string
  /** As written, e.g. `httpTrigger`; compare without case. */
  readonly type: string
  readonly direction: 'in' | 'out' | 'inout'
  readonly dataType: 'undefined' | 'string' | 'binary' | 'stream'
  readonly cardinality?: 'one' | 'many'
  /** Name of the app setting that holds the connection. */
  readonly connection?: string
  readonly [option: string]: unknown
}

/** Retry policy of a function (host.json `retry` or the binding's). Durations in milliseconds. */
export interface RetryPolicy {
  readonly strategy: 'fixedDelay' | 'exponentialBackoff'
  /** -1 = for ever. */
  readonly maxRetryCount: number
  readonly delayMs: number
  readonly minimumMs: number
  readonly maximumMs: number
}

/** An indexed function of a running app. */
export interface FunctionDefinition {
  readonly name: string
  /** The id by which its worker knows it. */
  readonly id: string
  readonly bindings: readonly BindingDefinition[]
  readonly trigger: BindingDefinition
  readonly retry: RetryPolicy | undefined
  readonly isDisabled: boolean
  /** E.g. `node`. */
  readonly language: string
  /** Absolute path, as far as known. */
  readonly scriptFile: string
  readonly entryPoint: string
}

/** What a trigger hands to the invoker. */
export interface InvocationInput {
  /** The trigger's value. */
  readonly data: TypedData
  /** `context.triggerMetadata`: values by name, without the trigger value itself. */
  readonly metadata?: Record<string, TypedData>
  /** What binding expressions may name (`{id}`, `{queueTrigger}`); made only when an expression asks. */
  readonly bindingData?: () => Record<string, unknown>
  /** E.g. `New queue message detected on 'orders'.` */
  readonly reason: string
  /** When the event happened (ms since 1970), of triggers that know; telemetry shows how long it waited. */
  readonly occurredAt?: number
  /** `Trigger Details` of the log, e.g. `{ MessageId: '…' }`. */
  readonly details?: Readonly<Record<string, string>>
  readonly traceParent?: string
  readonly traceState?: string
  /** Aborts when nobody waits for the answer any longer. */
  readonly signal?: AbortSignal
}

export interface InvocationResult {
  readonly invocationId: string
  readonly status: 'succeeded' | 'failed' | 'cancelled'
  readonly returnValue: TypedData | undefined
  /** The user's error (message and stack from the worker) or the host's. */
  readonly error: Error | undefined
  readonly durationMs: number
}

/** Starts code. Every trigger, the admin API, Durable, Logic Apps and the portal call this one. */
export interface Invoker {
  /**
   * Runs a function once (its retry policy included) and writes its outputs.
   * Never rejects: failures are in the result. Throws only for a function that is not of this app.
   */
  invoke(functionName: string, input: InvocationInput): Promise<InvocationResult>
}

/** The app that a trigger or binding works for. */
export interface AppContext {
  /** Unique among the apps of this data folder; prefix for names kept on behalf of the app. */
  readonly hostId: string
  readonly name: string
  readonly rootDirectory: string
  readonly clock: Clock
  /** Times of the locks of listeners that run on one host only (host.json `singleton`). @default 60 s each */
  readonly listenerLock?: ListenerLockTimes
  /** An app setting by name, ignoring case. */
  setting(name: string): string | undefined
  /** The connection that a binding names: `AzureWebJobs<name>`, else `name`; each first below `ConnectionStrings:`. */
  connection(name: string): Connection | undefined
  /** A section of host.json `extensions`, e.g. `queues`; `{}` when absent. */
  extension(section: string): Readonly<Record<string, unknown>>
}

/** Milliseconds. */
export interface ListenerLockTimes {
  /** After it, a host that died is replaced. */
  readonly periodMs: number
  /** How often a host asks for the lock that another one has. */
  readonly recoveryMs: number
}

/** A connection string, or the `__` identity form as its parts (`serviceUri`, `clientId`, …). */
export interface Connection {
  readonly name: string
  readonly connectionString: string | undefined
  readonly parts: Readonly<Record<string, string>>
}

/** What a trigger gets for one function. */
export interface TriggerContext {
  readonly app: AppContext
  readonly function: FunctionDefinition
  readonly binding: BindingDefinition
  readonly log: Logger
  /** Undefined unless host.json turns dynamic concurrency on; then the trigger's own limits hold. */
  readonly concurrency?: TriggerConcurrency | undefined
  invoke(input: InvocationInput): Promise<InvocationResult>
}

/** How many invocations of a function may run at a time, moved by the host with what the machine bears. */
export interface TriggerConcurrency {
  /**
   * How many more invocations the trigger may fetch and start now. Ask anew whenever one has ended, and after
   * `onAvailable`.
   *
   * @param pendingCount those it has in hand: fetched, and running
   */
  available(pendingCount: number): number
  /** Calls `listener` when there may be more available than before; answers with what ends that. */
  onAvailable(listener: () => void): () => void
}

/** Listens for one function, from `start` until `stop`. */
export interface TriggerListener {
  start(): Promise<void>
  /** Stops taking new work; resolves when the work in hand has ended or `signal` aborts. */
  stop(signal: AbortSignal): Promise<void>
}

/** A trigger type contributed by a service. */
export interface TriggerExtension {
  /** E.g. `timerTrigger`. */
  readonly type: string
  /** Its functions have one dynamic concurrency in common, under this name: they take their work from one place. */
  readonly sharedConcurrency?: string
  /** Checks the binding when the function is indexed; throws an Error whose message names the option. */
  validate?(binding: BindingDefinition, app: AppContext): void
  /** What host.json `extensions.<section>` comes to with its defaults, in the words of that section. */
  hostOptions?(app: AppContext): {
    readonly section: string
    readonly options: Readonly<Record<string, unknown>>
  }
  /** `host` triggers need no listener: the host itself starts them (`httpTrigger`, `manualTrigger`). */
  listen(context: TriggerContext): TriggerListener
  /**
   * What the function gets when somebody runs it by hand with the text `input` (admin API, portal).
   * Default: `input` itself.
   */
  manualInput?(context: Omit<TriggerContext, 'invoke'>, input: string): Promise<ManualInput>
}

/** The part of an invocation's input that a trigger makes of a text. */
export type ManualInput = Pick<InvocationInput, 'data' | 'metadata' | 'bindingData'>

export interface BindingContext {
  readonly app: AppContext
  readonly function: FunctionDefinition
  readonly invocationId: string
  readonly signal: AbortSignal
}

/** An input binding type contributed by a service. */
export interface InputExtension {
  readonly type: string
  validate?(binding: BindingDefinition, app: AppContext): void
  /** `binding` has its expressions resolved. `undefined` = the thing does not exist. */
  read(binding: BindingDefinition, context: BindingContext): Promise<TypedData | undefined>
}

/** One value for an output: text, bytes, or JSON kept as text. */
export type OutputValue =
  | { readonly kind: 'text' | 'json'; readonly text: string }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }

/** An output binding type contributed by a service. */
export interface OutputExtension {
  readonly type: string
  /** Gets a collection as one value, its JSON, as a file takes it. @default every item is a value */
  readonly takesWhole?: true
  validate?(binding: BindingDefinition, app: AppContext): void
  /** Writes all values that one invocation gave to this output; resolves when they are durable. */
  write(binding: BindingDefinition, values: readonly OutputValue[], context: BindingContext): Promise<void>
}

/** A call to an extension's webhook. */
export interface WebhookCall {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** What follows the extension's name, decoded, without a leading `/`. */
  readonly rest: string
  /** As sent, from `?` on. */
  readonly query: string
}

/** Endpoints that a service answers at the address of every app, opened by a system key. */
export interface WebhookExtension {
  /**
   * Names below `/runtime/webhooks/` and, for old clients, `/admin/extensions/`. The key that opens them all is
   * `<first name>_extension`.
   */
  readonly names: readonly [string, ...string[]]
  /** A rejection becomes a 500. */
  handle(call: WebhookCall, app: AppContext): void | Promise<void>
}

/** What the Functions host offers to a service. */
export interface ExtensionHost {
  /** The key that opens an app's webhooks of that name, made when there is none. */
  systemKey(app: AppContext, webhook: string): Promise<string>
  /** Where services tell what else they do for apps. */
  readonly telemetry: TelemetrySink
}

/** The place where tools for Azure look for what a host keeps for an app: the container `azure-webjobs-hosts`. */
export interface HostFiles {
  /**
   * Makes or replaces a file, e.g. `timers/<host id>/…/status`. Resolves at once when the app's storage is not of this
   * process. The host keeps its own record; this is a copy.
   */
  write(
    app: AppContext,
    path: string,
    content: string,
    metadata?: Readonly<Record<string, string>>,
  ): Promise<void>
}

/** All that a service adds to the Functions host. */
export interface FunctionsExtension {
  readonly triggers?: readonly TriggerExtension[]
  readonly inputs?: readonly InputExtension[]
  readonly outputs?: readonly OutputExtension[]
  readonly webhooks?: readonly WebhookExtension[]
  readonly hostFiles?: HostFiles
  /** What apps without such bindings do without. */
  readonly later?: LaterExtension
  /** Called once, before any app starts. */
  attach?(host: ExtensionHost): void
}

/** Triggers and bindings that are loaded with the first app that has them. */
export interface LaterExtension {
  /** The types of all of them, in lower case. */
  readonly types: readonly string[]
  load(): Promise<Pick<FunctionsExtension, 'triggers' | 'inputs' | 'outputs'>>
}
