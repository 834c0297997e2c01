/** From a folder to a running app: package.json, entry points, `appStart` hooks, capabilities, functions. */
import type { InitializedMessage, WorkerMetadata } from '@aloft/wire'
import { ensureError, toRpcException } from './errors.ts'
import { toRpcFunctionMetadata } from './function-registration.ts'
import { appHookContext, executeHooks } from './hooks.ts'
import { loadEntryPoints } from './load-entry-points.ts'
import { readPackageJson } from './package-json.ts'
import { getProgrammingModel } from './programming-model.ts'
import type { BeforeEsModules } from './script-file.ts'
import { workerVersion } from './version.ts'
import type { WorkerState } from './worker-state.ts'

/** Never rejects: what went wrong is `error` and `brokenFiles` of the answer, and the process stays usable. */
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
  app.isHttpStreaming = capabilities.HttpUri !== undefined
  // The host takes part in every request of the others.
  if (worker.takesConnections && app.usesRegistration && !app.isHttpStreaming)
    capabilities.LentConnections = 'true'
  app.isRegistrationLocked = true
  return {
    error: app.startError && toRpcException(app.startError),
    brokenFiles: app.brokenFiles.map(({ file, error }) => ({ file, error: toRpcException(error) })),
    capabilities,
    metadata: workerMetadata(worker),
    functions: app.startError ? [] : [...app.functions.values()].map(toRpcFunctionMetadata),
  }
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
