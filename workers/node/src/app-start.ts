/** From a folder to a running app: package.json, entry points, `appStart` hooks, capabilities, functions. */
import { join } from 'node:path'
import type { InitializedMessage, WorkerMetadata } from '@aloft/wire'
import { findEntryPoints } from './entry-points.ts'
import { ensureError, toRpcException } from './errors.ts'
import { toRpcFunctionMetadata } from './function-registration.ts'
import { appHookContext, executeHooks } from './hooks.ts'
import { systemLog } from './log.ts'
import { readPackageJson } from './package-json.ts'
import { getProgrammingModel } from './programming-model.ts'
import { isEsModule, loadScriptFile } from './script-file.ts'
import { workerVersion } from './version.ts'
import type { WorkerState } from './worker-state.ts'

/** Called before the first ES module of the app is loaded. */
export type BeforeEsModules = () => void

/** Never rejects: what went wrong is `error` of the answer, and the process stays usable. */
export async function startApp(
  worker: WorkerState,
  appDirectory: string,
  beforeEsModules: BeforeEsModules,
): Promise<InitializedMessage> {
  const { app } = worker
  let capabilities: Record<string, string> = {}
  try {
    process.chdir(appDirectory)
    app.packageJson = await readPackageJson(worker, appDirectory)
    await loadEntryPoints(worker, appDirectory, beforeEsModules)
    await executeHooks(worker, 'appStart', appHookContext(app, { functionAppDirectory: appDirectory }))
    capabilities = await workerCapabilities(worker)
  } catch (thrown) {
    app.startError ??= ensureError(thrown)
  }
  app.isRegistrationLocked = true
  return {
    error: app.startError && toRpcException(app.startError),
    capabilities,
    metadata: workerMetadata(worker),
    functions: app.startError ? [] : [...app.functions.values()].map(toRpcFunctionMetadata),
  }
}

/** An error does not end the start: the hooks still run, and the host hears of it with the functions. */
async function loadEntryPoints(
  worker: WorkerState,
  appDirectory: string,
  beforeEsModules: BeforeEsModules,
): Promise<void> {
  const { app } = worker
  const { main } = app.packageJson
  if (!main) return
  let current = main
  try {
    const { files, sourcesOf } = await findEntryPoints(appDirectory, main)
    if (sourcesOf !== undefined)
      systemLog(
        worker,
        'information',
        `No file matches "${sourcesOf}": running the TypeScript sources (${files.join(', ')})`,
      )
    if (files.some((file) => /\.[cm]?ts$/.test(file))) {
      const { installTypeScriptLoader } = await import('./typescript-sources.ts')
      installTypeScriptLoader()
      beforeEsModules()
    } else if (files.some((file) => isEsModule(file, app.packageJson))) beforeEsModules()
    for (const file of files) {
      current = file
      systemLog(worker, 'debug', `Loading entry point file "${file}"`)
      app.currentEntryPoint = join(appDirectory, file)
      await loadScriptFile(app.currentEntryPoint, app.packageJson)
      systemLog(worker, 'debug', `Loaded entry point file "${file}"`)
    }
  } catch (thrown) {
    const error = ensureError(thrown)
    error.message = `Worker was unable to load entry point "${current}": ${error.message}${syntaxErrorPlace(error)}`
    error.isAzureFunctionsSystemError = true
    app.startError = error
  } finally {
    app.currentEntryPoint = undefined
  }
}

/** Only the stack of a syntax error says where it is. */
function syntaxErrorPlace(error: Error): string {
  const place = error instanceof SyntaxError ? /^(?:file:\/\/)?(\S.*:\d+)\n/.exec(error.stack ?? '') : null
  return place ? ` (${place[1]})` : ''
}

async function workerCapabilities(worker: WorkerState): Promise<Record<string, string>> {
  const capabilities = {
    RawHttpBodyBytes: 'true',
    RpcHttpTriggerMetadataRemoved: 'true',
    RpcHttpBodyOnly: 'true',
    IgnoreEmptyValuedRpcHttpHeaders: 'true',
    UseNullableValueDictionaryForHttp: 'true',
    WorkerStatus: 'true',
    TypedDataCollection: 'true',
    HandlesWorkerTerminateMessage: 'true',
  }
  // The default model has nothing to add and is not worth loading for it.
  return (await worker.app.programmingModel?.getCapabilities?.(capabilities)) ?? capabilities
}

export function workerMetadata(worker: WorkerState): WorkerMetadata {
  const { app } = worker
  const model = app.programmingModel ?? (app.usesRegistration ? getProgrammingModel(worker) : undefined)
  return {
    runtimeName: 'node',
    runtimeVersion: process.versions.node,
    workerVersion,
    workerBitness: process.arch === 'ia32' ? 'x86' : process.arch,
    customProperties: model ? { modelName: model.name, modelVersion: model.version } : {},
  }
}
