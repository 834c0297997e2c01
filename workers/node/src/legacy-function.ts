/** Functions of function.json files: which export of the script is the function. */
import { resolve } from 'node:path'
import type { RpcFunctionMetadata } from '@aloft/wire'
import type { FunctionCallback } from './core-types.ts'
import { messageOf, placeInApp } from './error-place.ts'
import { ensureError, SystemError } from './errors.ts'
import { type BeforeEsModules, loadScriptFile, prepareFor } from './script-file.ts'
import type { RegisteredFunction, WorkerState } from './worker-state.ts'

/** Rejects with a system error that names the function. */
export async function loadLegacyFunction(
  worker: WorkerState,
  metadata: RpcFunctionMetadata,
  beforeEsModules: BeforeEsModules,
): Promise<void> {
  try {
    if (!metadata.scriptFile) throw new SystemError('no script file is given')
    const path = resolve(metadata.directory ?? '.', metadata.scriptFile)
    await prepareFor(path, worker.app.packageJson, beforeEsModules)
    worker.beforeScript?.(path)
    const script = await loadScriptFile(path, worker.app.packageJson)
    const { callback, thisArgument } = findEntryPoint(script, metadata.entryPoint)
    worker.app.legacyFunctions.set(metadata.functionId, {
      metadata,
      callback,
      thisArgument,
      logCategory: `${metadata.name}.Invocation`,
    })
  } catch (thrown) {
    const error = ensureError(thrown)
    error.isAzureFunctionsSystemError = true
    const place = placeInApp(error, process.cwd())
    error.message = `Worker was unable to load function ${metadata.name}: '${messageOf(error)}'${place}`
    throw error
  }
}

/** The callback is bound anew for each invocation: a hook may hang things on it. */
export function findLegacyFunction(worker: WorkerState, functionId: string): RegisteredFunction | undefined {
  const found = worker.app.legacyFunctions.get(functionId)
  return found && { ...found, callback: found.callback.bind(found.thisArgument) }
}

/** Throws `SystemError` when the exports do not tell. */
export function findEntryPoint(
  script: unknown,
  entryPoint?: string,
): { callback: FunctionCallback; thisArgument: unknown } {
  let candidate = script
  let thisArgument: unknown
  if (typeof script === 'object' && script !== null) {
    thisArgument = script
    const members = script as Record<string, unknown>
    const names = Object.keys(members)
    if (entryPoint) candidate = members[entryPoint]
    else if (names.length === 1) candidate = members[names[0]!]
    else candidate = members.run || members.index
  }
  if (!candidate)
    throw new SystemError(
      `Unable to determine function entry point${entryPoint ? `: ${entryPoint}` : ''}. ` +
        'If multiple functions are exported, you must indicate the entry point, either by naming it ' +
        "'run' or 'index', or by naming it explicitly via the 'entryPoint' metadata property.",
    )
  if (typeof candidate !== 'function')
    throw new SystemError(
      'The resolved entry point is not a function and cannot be invoked by the functions runtime. ' +
        'Make sure the function has been correctly exported.',
    )
  return { callback: candidate as FunctionCallback, thisArgument }
}
