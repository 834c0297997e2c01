/** The running app, as the admin API sees and steers it. */
import type { FunctionDefinition } from '@aloft/kernel'
import type { AppConfiguration, FunctionProblem } from '../contracts.ts'
import type { HealthReport } from '../health/index.ts'
import type { ProxyDefinition, ProxyTrace } from '../proxies/index.ts'
import type { LogStream } from './log-stream.ts'

/** The states of the Functions host. */
export type HostState =
  | 'Default'
  | 'Starting'
  | 'Initialized'
  | 'Running'
  | 'Error'
  | 'Stopping'
  | 'Stopped'
  | 'Offline'

export interface AdminTarget {
  readonly state: HostState
  readonly configuration: AppConfiguration
  /** Changes with every start of the app. */
  readonly instanceId: string
  /** host.json `extensions` with their defaults, by section; that of HTTP is not among them. */
  readonly extensionOptions: Readonly<Record<string, unknown>>
  /** Absolute path of the folder for the functions' test data; it need not be there. */
  readonly testDataFolder: string
  /** Host and port under which the app is reached, e.g. `localhost:7071`. */
  readonly hostName: string
  /** Ascending by name; disabled ones too. */
  readonly functions: readonly FunctionDefinition[]
  readonly problems: readonly FunctionProblem[]
  /** Ascending by name; disabled ones too. */
  readonly proxies: readonly ProxyDefinition[]
  /** Where the app's log can be followed. */
  readonly logStream: LogStream
  /** What keeps the whole app from running. */
  readonly errors: readonly string[]
  /** Undefined while nobody looks after it. */
  readonly health: HealthReport | undefined
  readonly workerProcessIds: readonly number[]
  /** Whether listeners are stopped and what runs is only let end. */
  readonly isDraining: boolean
  /** Invocations that have begun and not ended, and retries that wait. */
  readonly outstanding: { readonly invocations: number; readonly retries: number }
  /** Starts the function by hand with the text that its trigger understands; resolves when it has ended. */
  run(functionName: string, input: string): Promise<void>
  /** A trace that a proxy has kept; undefined when there is none of that id, or it is too old. */
  proxyTrace(id: string): ProxyTrace | undefined
  /** Runs the warm-up function, once per start of the app; without one it does nothing. */
  warmUp(): Promise<void>
  restart(): Promise<void>
  takeOffline(): Promise<void>
  bringOnline(): Promise<void>
  /** Stops the listeners; HTTP functions are still served. */
  drain(): Promise<void>
  /** Tells whoever starts apps (scalers, the resource manager) which triggers there are. */
  syncTriggers(): Promise<void>
  /** Rejects when a worker does not answer. */
  checkHealth(): Promise<void>
}
