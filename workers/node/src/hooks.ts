/** Hooks that the app registered: awaited one after the other, in the order of registration. */
import type { HookCallback, HookContext, HookData } from './core-types.ts'
import { Disposable } from './disposable.ts'
import { ReadOnlyError, SystemRangeError } from './errors.ts'
import { type LogSource, systemLog } from './log.ts'
import type { App, HookName, WorkerState } from './worker-state.ts'

/** Hooks may be registered at any time. Throws `SystemRangeError`, by which the library tells old hosts. */
export function registerHook(worker: WorkerState, name: string, callback: HookCallback): Disposable {
  if (!Object.hasOwn(worker.app.hooks, name)) throw new SystemRangeError(`Unrecognized hook "${name}"`)
  const callbacks = worker.app.hooks[name as HookName]
  callbacks.push(callback)
  return new Disposable(() => {
    const index = callbacks.indexOf(callback)
    if (index >= 0) callbacks.splice(index, 1)
  })
}

/** Rejects with what a hook throws; the hooks behind it do not run. */
export async function executeHooks(
  worker: WorkerState,
  name: Exclude<HookName, 'log'>,
  context: HookContext,
  source?: LogSource,
): Promise<void> {
  const callbacks = worker.app.hooks[name]
  if (callbacks.length === 0) return
  systemLog(worker, 'debug', `Executing ${callbacks.length} "${name}" hooks`, source)
  for (const callback of callbacks) await callback(context)
  systemLog(worker, 'debug', `Executed "${name}" hooks`, source)
}

/** The context of `appStart` and `appTerminate` hooks. */
export function appHookContext<Members extends object>(app: App, members: Members): HookContext & Members {
  return withReadOnly(members, {
    hookData: () => app.appLevelHookData,
    appHookData: () => app.appHookData,
  }) as unknown as HookContext & Members
}

/** The context of `preInvocation` and `postInvocation` hooks; `members` are what they may change. */
export function invocationHookContext<Members extends object>(
  app: App,
  hookData: HookData,
  invocationContext: unknown,
  members: Members,
): HookContext & Members {
  return withReadOnly(members, {
    hookData: () => hookData,
    appHookData: () => app.appHookData,
    invocationContext: () => invocationContext,
  }) as unknown as HookContext & Members
}

function withReadOnly(members: object, getters: Readonly<Record<string, () => unknown>>): object {
  for (const [name, get] of Object.entries(getters)) {
    Object.defineProperty(members, name, {
      configurable: true,
      enumerable: true,
      get,
      set() {
        throw new ReadOnlyError(name)
      },
    })
  }
  return members
}
