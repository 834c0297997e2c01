/** The seams between the rooms of the Functions host. What other services see is in `@aloft/kernel`. */
import type {
  AppContext,
  FunctionDefinition,
  InvocationInput,
  InvocationResult,
  LogLevel,
  RetryPolicy,
} from '@aloft/kernel'
import type {
  InitializedMessage,
  InvokeMessage,
  LogMessage,
  ResultMessage,
  RpcFunctionMetadata,
} from '@aloft/wire'

/** host.json, checked and with defaults filled in. */
export interface HostConfiguration {
  /** Milliseconds; undefined = unbounded (`-1`). */
  readonly functionTimeoutMs: number | undefined
  /** Names of the functions to load; undefined = all. */
  readonly functions: readonly string[] | undefined
  readonly retry: RetryPolicy | undefined
  readonly watchDirectories: readonly string[]
  readonly watchFiles: readonly string[]
  readonly http: HttpConfiguration
  /** host.json `logging.logLevel`: minimum level by category prefix (`default` for all others). */
  readonly logLevels: Readonly<Record<string, LogLevel>>
  readonly extensionBundle: { readonly id: string; readonly version: string } | undefined
  /** The sections of `extensions`, as written. */
  readonly extensions: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  /** The whole file as parsed, app settings' overrides laid over it, for parts that only one reader knows (`customHandler`, `logging`, `concurrency`). */
  readonly raw: Readonly<Record<string, unknown>>
}

/** host.json `extensions.http`. */
export interface HttpConfiguration {
  readonly routePrefix: string
  /** -1 = unlimited; more are answered 429. */
  readonly maxOutstandingRequests: number
  /** -1 = unlimited; more wait. */
  readonly maxConcurrentRequests: number
  readonly customHeaders: Readonly<Record<string, string>>
  readonly hsts:
    | {
        readonly maxAgeSeconds: number
        readonly includeSubDomains: boolean
        readonly preload: boolean
        /** Hosts whose responses do not get the header. */
        readonly excludedHosts: readonly string[]
      }
    | undefined
}

/** An app as its files and settings describe it, before any code runs. */
export interface AppConfiguration {
  readonly context: AppContext
  readonly host: HostConfiguration
  /** Language of the app's workers: `node`, `custom`, … (`FUNCTIONS_WORKER_RUNTIME`, or what the files show). */
  readonly runtime: string
  /** Environment of the app's workers: the process's own, then the app settings, then what `func start` sets. */
  readonly workerEnvironment: Readonly<Record<string, string>>
  /** local.settings.json `Host`. */
  readonly localHost: {
    readonly port: number | undefined
    readonly address: string | undefined
    readonly cors: readonly string[]
    readonly corsCredentials: boolean
  }
  /** Things to tell the user that do not stop the app. */
  readonly warnings: readonly string[]
}

/** A function that did not load, and why; shown in the log and at `/admin/functions/{name}/status`. */
export interface FunctionProblem {
  readonly name: string
  readonly message: string
}

/** What indexing made of the app's functions. One bad function never stops the others. */
export interface FunctionIndex {
  /** Ascending by name, ignoring case: the order in which routes match. */
  readonly functions: readonly FunctionDefinition[]
  readonly problems: readonly FunctionProblem[]
}

/** One worker process, as the supervisor and the invoker see it. Every language has the same. */
export interface WorkerChannel {
  readonly id: string
  readonly processId: number
  /** Invocations that were sent and not answered. */
  readonly outstanding: number
  /** Where the library in the worker takes streamed requests (`http://localhost:PORT/`), when the app enabled it. */
  readonly httpUri: string | undefined
  /** Whether the worker does something when an invocation is cancelled. */
  readonly handlesCancel: boolean
  /** Loads the app; rejects when the worker dies or does not answer in time. */
  initialize(app: AppConfiguration): Promise<InitializedMessage>
  /** Hands over functions indexed from function.json; answers with the problems. */
  load(functions: readonly RpcFunctionMetadata[]): Promise<readonly FunctionProblem[]>
  /** Rejects with `WorkerLost` when the process ends first. */
  invoke(message: InvokeMessage): Promise<ResultMessage>
  cancel(invocationId: string): void
  /** Asks the worker to end and waits; kills it after `graceMs`. */
  terminate(graceMs: number): Promise<void>
  /** Ends the process at once; what it had in hand fails with `reason`. */
  kill(reason: string): void
}

export interface WorkerChannelListener {
  log(message: LogMessage): void
  /** A line on the process's stdout or stderr. */
  console(stream: 'stdout' | 'stderr', line: string): void
  exit(code: number | null, signal: string | null): void
}

/**
 * The invoker as the HTTP trigger needs it: it must know the worker and the id before the result.
 * `signal` and `bindingData` may be made only when asked for: pass the object on as it is, never a copy of it.
 */
export interface HttpInvocationInput extends InvocationInput {
  /** Called when the invocation has been given to a worker that takes the request itself (`enableHttpStream`). */
  readonly onStreaming?: (invocationId: string, httpUri: string) => void
}

export interface HttpInvoker {
  /** Whether requests are to be forwarded to the worker instead of being read here. */
  readonly isStreaming: boolean
  invoke(functionName: string, input: HttpInvocationInput): Promise<InvocationResult>
}

/** Access keys. Values are kept encrypted at rest. */
export interface KeyRing {
  /** The level that `key` reaches for `functionName` (undefined = the host itself); undefined = no such key. Constant time. */
  levelOf(key: string, functionName: string | undefined): KeyLevel | undefined
  /** Whether `key` is the system key of that name (`<extension>_extension`). Constant time. */
  isSystemKey(key: string, name: string): boolean
}

/** Who a key speaks for: one function, any function of the host, an extension's webhooks, or the owner. */
export type KeyLevel = 'function' | 'host' | 'system' | 'admin'
