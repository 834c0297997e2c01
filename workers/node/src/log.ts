/** Logs on their way to the host, through the app's log hooks. */
import type { LogMessage } from '@aloft/wire'
import type { HookContext, HookData, LogCategory, LogLevel } from './core-types.ts'
import { ReadOnlyError } from './errors.ts'
import type { WorkerState } from './worker-state.ts'

/** Where a log comes from, when it comes from an invocation. */
export interface LogSource {
  readonly invocationId: string
  /** `<function name>.Invocation`. */
  readonly logCategory: string
  readonly hookData: HookData
  /** The object that the function gets; undefined until it exists. */
  readonly invocationContext: unknown
}

const severity: Readonly<Record<LogLevel, number>> = {
  trace: 0,
  debug: 1,
  information: 2,
  warning: 3,
  error: 4,
  critical: 5,
  none: 6,
}

let isInLogHook = false

/** A log hook may change user logs; system logs it may only see, and its errors are ignored. */
export function log(
  worker: WorkerState,
  level: LogLevel,
  category: LogCategory,
  message: string,
  source?: LogSource,
): void {
  const entry: LogMessage = {
    invocationId: source?.invocationId,
    category: source?.logCategory ?? '',
    level,
    message,
    logCategory: category,
  }
  if (worker.app.hooks.log.length > 0 && !isInLogHook) runLogHooks(worker, entry, source)
  if (category === 'system' && severity[entry.level] < severity[worker.systemLogLevel]) return
  if (source) worker.beforeLog?.()
  worker.writer.send('log', entry)
}

export function systemLog(worker: WorkerState, level: LogLevel, message: string, source?: LogSource): void {
  log(worker, level, 'system', message, source)
}

/** Whether `level` is worth making a message for. */
export function isSystemLogWanted(worker: WorkerState, level: LogLevel): boolean {
  return severity[level] >= severity[worker.systemLogLevel] || worker.app.hooks.log.length > 0
}

function runLogHooks(worker: WorkerState, entry: LogMessage, source: LogSource | undefined): void {
  isInLogHook = true
  try {
    const context = new LogHookContext(entry, source, worker.app.appHookData)
    for (const hook of worker.app.hooks.log) void hook(context)
    if (entry.logCategory === 'user' && context.level in severity) {
      entry.level = context.level
      entry.message = context.message
    }
  } catch {
    // A hook must not be able to hold back a log.
  } finally {
    isInLogHook = false
  }
}

class LogHookContext implements HookContext {
  level: LogLevel
  message: string
  readonly #category: LogCategory
  readonly #source: LogSource | undefined
  readonly #hookData: HookData
  readonly #appHookData: HookData

  constructor(entry: LogMessage, source: LogSource | undefined, appHookData: HookData) {
    this.level = entry.level
    this.message = entry.message
    this.#category = entry.logCategory
    this.#source = source
    this.#hookData = source?.hookData ?? {}
    this.#appHookData = appHookData
  }

  get hookData(): HookData {
    return this.#hookData
  }
  set hookData(_value: HookData) {
    throw new ReadOnlyError('hookData')
  }
  get appHookData(): HookData {
    return this.#appHookData
  }
  set appHookData(_value: HookData) {
    throw new ReadOnlyError('appHookData')
  }
  get category(): LogCategory {
    return this.#category
  }
  set category(_value: LogCategory) {
    throw new ReadOnlyError('category')
  }
  get invocationContext(): unknown {
    return this.#source?.invocationContext
  }
  set invocationContext(_value: unknown) {
    throw new ReadOnlyError('invocationContext')
  }
}
