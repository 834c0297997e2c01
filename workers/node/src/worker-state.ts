/** All state of the process: the worker's own, and the app's, which an environment reload replaces. */
import type { FrameWriter } from '@aloft/wire'
import type {
  CoreFunctionMetadata,
  FunctionCallback,
  HookCallback,
  HookData,
  LogLevel,
  ProgrammingModel,
} from './core-types.ts'
import type { PackageJson } from './package-json.ts'

export type HookName = 'preInvocation' | 'postInvocation' | 'appStart' | 'appTerminate' | 'log'

export interface WorkerState {
  readonly id: string
  readonly writer: FrameWriter
  /** Known after `init`. */
  hostVersion: string | undefined
  /** System logs below it are not sent. User logs always are: the host's filters may name single functions. */
  systemLogLevel: LogLevel
  /** Whether the host may lend it connections. */
  takesConnections: boolean
  /** Called ahead of each log of an invocation: the host must have heard of the invocation. */
  beforeLog?: () => void
  /** Called with each file of the app before it runs; a debugger that waits for the first one sets it. */
  beforeScript?: (path: string) => void
  app: App
}

export interface App {
  packageJson: PackageJson
  /** Shared by all hooks of all scopes. */
  readonly appHookData: HookData
  /** Shared by `appStart` and `appTerminate` hooks only. */
  readonly appLevelHookData: HookData
  /** Undefined = the default v3 model, which is loaded only when something needs it. */
  programmingModel: ProgrammingModel | undefined
  readonly hooks: Readonly<Record<HookName, HookCallback[]>>
  readonly functions: Map<string, RegisteredFunction>
  /** Functions of function.json files. */
  readonly legacyFunctions: Map<string, LegacyFunction>
  /** No function may be registered or disposed of any more. */
  isRegistrationLocked: boolean
  /** HTTP requests go to the library's own server (`enableHttpStream`). */
  isHttpStreaming: boolean
  /** The app registered functions by code: those of function.json files are not used. */
  usesRegistration: boolean
  /** The file that is being loaded. */
  currentEntryPoint: string | undefined
  /** Why nothing of the app runs. */
  startError: Error | undefined
  /** Entry points that did not load; the functions of the others run. */
  readonly brokenFiles: { readonly file: string; readonly error: Error }[]
}

export interface RegisteredFunction {
  readonly metadata: CoreFunctionMetadata
  readonly callback: FunctionCallback
  /** Log category of its invocations: `<name>.Invocation`. */
  readonly logCategory: string
}

export interface LegacyFunction extends RegisteredFunction {
  /** `this` of the callback: the module object. */
  readonly thisArgument: unknown
}

export function createWorkerState(id: string, writer: FrameWriter): WorkerState {
  return {
    id,
    writer,
    hostVersion: undefined,
    systemLogLevel: 'information',
    takesConnections: false,
    app: createApp(),
  }
}

export function createApp(): App {
  return {
    packageJson: {},
    appHookData: {},
    appLevelHookData: {},
    programmingModel: undefined,
    hooks: { preInvocation: [], postInvocation: [], appStart: [], appTerminate: [], log: [] },
    functions: new Map(),
    legacyFunctions: new Map(),
    isRegistrationLocked: false,
    isHttpStreaming: false,
    usesRegistration: false,
    currentEntryPoint: undefined,
    startError: undefined,
    brokenFiles: [],
  }
}
