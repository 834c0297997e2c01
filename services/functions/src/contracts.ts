/** The seams between the rooms of the Functions host. What other services see is in `@aloft/kernel`. */
import type {
  AppContext,
  DirectExchange,
  FileLocation,
  FunctionDefinition,
  InvocationInput,
  InvocationResult,
  LogLevel,
  RetryPolicy,
} from '@aloft/kernel'
import type {
  InitializedMessage,
  InvokeMessage,
  LentTable,
  LogMessage,
  ResultMessage,
  RpcException,
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
  /** Whether the log is in files, too; `debugOnly` = while somebody debugs in Azure's portal, which is never. */
  readonly fileLoggingMode: 'never' | 'always' | 'debugOnly'
  readonly extensionBundle: { readonly id: string; readonly version: string } | undefined
  /** Undefined unless the app brings its own server. */
  readonly customHandler: CustomHandlerConfiguration | undefined
  readonly concurrency: ConcurrencyConfiguration
  readonly healthMonitor: HealthMonitorConfiguration
  readonly singleton: SingletonConfiguration
  /** The sections of `extensions`, as written. */
  readonly extensions: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  /** The whole file as parsed, app settings' overrides laid over it, for parts that only one reader knows (`logging`). */
  readonly raw: Readonly<Record<string, unknown>>
}

/** host.json `extensions.http`. */
export interface HttpConfiguration {
  readonly routePrefix: string
  /** -1 = unlimited; more are answered 429. */
  readonly maxOutstandingRequests: number
  /** -1 = unlimited; more wait. */
  readonly maxConcurrentRequests: number
  /** `dynamicThrottlesEnabled`: requests are answered 429 while the host's counters exceed their threshold. */
  readonly refusesWhenOverloaded: boolean
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

/** host.json `concurrency`. */
export interface ConcurrencyConfiguration {
  /** Whether the host finds out by itself how many invocations of a function it bears at a time. */
  readonly isDynamic: boolean
  /** Whether what was found out outlives the host. */
  readonly keepsSnapshots: boolean
  /** Infinity = unlimited. */
  readonly maximumPerFunction: number
  /** Share of all cores' time above which the host counts as overloaded. */
  readonly cpuThreshold: number
  readonly memoryThreshold: number
  /** `memoryThreshold` is the share of it; undefined = memory is not looked at. */
  readonly totalMemoryBytes: number | undefined
}

/** host.json `healthMonitor`. */
export interface HealthMonitorConfiguration {
  readonly isEnabled: boolean
  readonly intervalMs: number
  /** More than `threshold` bad findings within so many milliseconds are too many. */
  readonly windowMs: number
  readonly threshold: number
  /** Share of a counter's limit above which it is a bad finding. */
  readonly counterThreshold: number
}

/** host.json `singleton`. Milliseconds. */
export interface SingletonConfiguration {
  readonly lockPeriodMs: number
  readonly listenerLockPeriodMs: number
  /** How often a host asks for the lock of a listener that another host has. */
  readonly listenerLockRecoveryMs: number
}

/** host.json `customHandler`. Text is as written: names of settings stand in it between percent signs. */
export interface CustomHandlerConfiguration {
  /** A file of the app, or a command on PATH. */
  readonly executable: string
  /** Where host.json names it, and the same as text for messages. */
  readonly location: FileLocation
  readonly place: string
  readonly arguments: readonly string[]
  /** An argument behind `arguments`, with blanks that belong to it. */
  readonly workerPath: string | undefined
  readonly workerArguments: readonly string[]
  /** Where the executable is looked for, below the app's root. */
  readonly workerDirectory: string
  /** Where it is started, below the app's root. */
  readonly workingDirectory: string
  /** Milliseconds until its first answer. */
  readonly startTimeoutMs: number
  /** Undefined = a free one, for every process another. */
  readonly port: number | undefined
  /**
   * How requests reach a function that has an HTTP trigger, an HTTP response and nothing else: as JSON like all other
   * invocations (`none`), as the client sent them, or so but at the path `/<function>`.
   */
  readonly forwarding: 'none' | 'asSent' | 'byName'
  /** They stand in for function.json folders. */
  readonly routes: readonly CustomHandlerRoute[]
}

export interface CustomHandlerRoute {
  readonly route: string
  readonly authLevel: 'anonymous' | 'function' | 'system' | 'admin'
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
  /** Undefined: the app is the folder that was named. */
  readonly package?: AppPackage | undefined
  /** Things to tell the user that do not stop the app. */
  readonly warnings: readonly string[]
}

/** Where an app's files are. */
export interface AppContent {
  /** Absolute. */
  readonly rootDirectory: string
  readonly package: AppPackage | undefined
  readonly warnings: readonly string[]
}

/** A zip file that an app runs from. Nobody changes its files where they lie. */
export interface AppPackage {
  /** File or address, without what is secret in it. */
  readonly source: string
  /** Absolute paths of files whose change brings another package. */
  readonly watched: readonly string[]
  /** Why there are no files of it: every request is answered 503 with this. */
  readonly problem: string | undefined
  /** There are no files of it yet, since it has to be fetched first. */
  readonly isPending: boolean
}

/** A function that did not load, and why; shown in the log and at `/admin/functions/{name}/status`. */
export interface FunctionProblem {
  readonly name: string
  readonly message: string
  /** How to mend it, for the log. */
  readonly hint?: string
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
  /** Whether the worker does something when an invocation is cancelled. */
  readonly handlesCancel: boolean
  /** Hands over functions indexed from function.json; answers with the problems. */
  load(functions: readonly RpcFunctionMetadata[]): Promise<readonly FunctionProblem[]>
  /** Whether the worker takes the HTTP requests of this function itself, instead of their content in a message. */
  takesRequests(functionId: string): boolean
  /**
   * Rejects with `WorkerLost` when the process ends first.
   * @param input what `message` was made of
   */
  invoke(message: InvokeMessage, input: HttpInvocationInput): Promise<ResultMessage>
  /**
   * Has the worker serve the connection of an exchange that has been answered, from its next request on; does nothing
   * when that cannot be done now. Absent: the worker has no way to.
   */
  lend?(exchange: DirectExchange, table: LentTable): void
  /** How many the worker has. */
  readonly lentConnections?: number
  /** Asks for all of them back. */
  recall?(): void
  /** Rejects when the worker does not answer in time. */
  ping(): Promise<void>
  cancel(invocationId: string): void
  /** Asks the worker to end and waits; kills it after `graceMs`. */
  terminate(graceMs: number): Promise<void>
  /** Ends the process at once; what it had in hand fails with `reason`. */
  kill(reason: string): void
}

/** How the workers of a language are started. */
export interface WorkerLauncher {
  launch(app: AppConfiguration, listener: WorkerChannelListener): LaunchedWorker
}

export interface LaunchedWorker {
  readonly channel: WorkerChannel
  /** The app is loaded; rejects when the worker dies or does not answer in time. */
  readonly initialized: Promise<InitializedMessage>
}

export interface WorkerChannelListener {
  log(message: LogMessage): void
  /** An invocation has begun on a connection that was lent to the worker. */
  lentRun(start: LentRunStart): LentRun
  /** The same of one that is over already, as most are when they are told of. */
  lentRan(start: LentRunStart, end: LentRunEnd): void
  /** A line on the process's stdout or stderr. */
  console(stream: 'stdout' | 'stderr', line: string): void
  exit(code: number | null, signal: string | null): void
}

/** How an invocation on a lent connection began. */
export interface LentRunStart {
  readonly functionId: string
  readonly invocationId: string
  readonly traceId: string
  readonly spanId: string
  /** '' = none. */
  readonly parentSpanId: string
  /** Milliseconds since 1970. */
  readonly startTime: number
  readonly url: string
}

/** The same for those who hear of it. */
export interface LentRun {
  end(end: LentRunEnd): void
}

export type LentRunEnd =
  | {
      readonly durationMs: number
      readonly resultCode: string
      /** Set = it failed. */
      readonly exception: RpcException | undefined
    }
  /** The worker was lost. */
  | { readonly error: Error }

/**
 * The invoker as the HTTP trigger needs it: it must know the worker and the id before the result.
 * `signal` and `bindingData` may be made only when asked for: pass the object on as it is, never a copy of it.
 */
export interface HttpInvocationInput extends InvocationInput {
  /**
   * Sends the client's own request to the worker, for one that takes it itself; answers when the worker's response
   * has been passed on, or with what kept it from that. Never rejects.
   */
  readonly forward?: (target: ForwardTarget) => Promise<Error | undefined>
  /** The request's headers as they were sent: name, value, name, value, … */
  readonly rawHeaders?: readonly string[]
}

/** Where a request is forwarded to, and what the worker has to know of its invocation. */
export interface ForwardTarget {
  readonly invocationId: string
  /** E.g. `http://127.0.0.1:41234`. */
  readonly origin: string
  /** Without query; undefined = that of the request. */
  readonly path: string | undefined
  /** Flat; added to those of the request. */
  readonly headers: readonly string[]
}

export interface HttpInvoker {
  /** Whether requests are to be forwarded to the function's worker instead of being read here. */
  takesRequests(functionId: string): boolean
  invoke(functionName: string, input: HttpInvocationInput): Promise<InvocationResult>
  /** Whether a worker can run the function by itself: the host would only pass request and answer on. */
  runsAlone?(functionName: string): boolean
  /** See `WorkerChannel.lend`. */
  lend?(exchange: DirectExchange, table: LentTable): void
  /** Asks for all connections back that were lent to workers. */
  recall?(): void
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
