/** What the worker does with each message of the host. */
import type {
  FrameHandlers,
  InitMessage,
  LoadedMessage,
  LoadMessage,
  ReloadMessage,
  TerminateMessage,
} from '@aloft/wire'
import { answerPieces, answerPiecesModule } from './answer-pieces.ts'
import { startApp } from './app-start.ts'
import {
  coreModuleName,
  createCoreModule,
  installCoreModuleForImport,
  provideModules,
} from './core-module.ts'
import { ensureError, toRpcException } from './errors.ts'
import { appHookContext, executeHooks } from './hooks.ts'
import { invoke } from './invocation.ts'
import { loadLegacyFunction } from './legacy-function.ts'
import { systemLog } from './log.ts'
import type { BeforeEsModules } from './script-file.ts'
import { keepWarm, warmModule } from './warm-orchestrators.ts'
import { lightWeb, lightWebModule } from './web/index.ts'
import { createApp, type WorkerState } from './worker-state.ts'

/** Installs the modules that only the worker has, and answers with the handlers of the host's messages. */
export function createHandlers(worker: WorkerState): FrameHandlers {
  const core = createCoreModule(worker)
  provideModules(
    new Map<string, unknown>([
      [coreModuleName, core],
      [lightWebModule, lightWeb],
      [warmModule, { keepWarm }],
      [answerPiecesModule, { answerPieces }],
    ]),
  )
  let isImportInstalled = false
  const beforeEsModules = () => {
    if (!isImportInstalled) installCoreModuleForImport(core)
    isImportInstalled = true
  }
  const start = async (appDirectory: string) =>
    worker.writer.send('initialized', await startApp(worker, appDirectory, beforeEsModules))
  return {
    init(message) {
      acceptInit(worker, message)
      if (message.appDirectory === undefined) void import('./warm-up.ts').then(({ warmUp }) => warmUp())
      else void start(message.appDirectory)
    },
    reload(message) {
      reloadEnvironment(worker, message)
      void start(message.appDirectory)
    },
    load: (message) => void load(worker, message, beforeEsModules),
    invoke: (message) => void invoke(worker, message),
    // The library has no way to tell the function: it runs on, and nobody waits for its result.
    cancel() {},
    terminate: (message) => void terminate(worker, message),
    statusRequest: () => worker.writer.send('status', {}),
    inspect: (message) => void import('./inspect.ts').then(({ inspect }) => inspect(worker, message)),
  }
}

function acceptInit(worker: WorkerState, message: InitMessage): void {
  worker.hostVersion = message.hostVersion
  if (message.systemLogLevel) worker.systemLogLevel = message.systemLogLevel
  systemLog(worker, 'debug', `Worker ${worker.id} received WorkerInitRequest`)
}

/** The process becomes the app's: nothing of the environment in which it waited stays. */
function reloadEnvironment(worker: WorkerState, { environment, systemLogLevel }: ReloadMessage): void {
  if (systemLogLevel) worker.systemLogLevel = systemLogLevel
  worker.app = createApp()
  const count = Object.keys(environment).length
  systemLog(worker, 'debug', `Reloading environment variables. Found ${count} variables to reload.`)
  for (const name of Object.keys(process.env)) delete process.env[name]
  Object.assign(process.env, environment)
}

async function load(
  worker: WorkerState,
  { functions }: LoadMessage,
  beforeEsModules: BeforeEsModules,
): Promise<void> {
  worker.app.isRegistrationLocked = true
  const results: LoadedMessage['results'] = []
  for (const metadata of functions) {
    const { functionId } = metadata
    try {
      if (worker.app.startError) throw worker.app.startError
      if (!worker.app.usesRegistration) await loadLegacyFunction(worker, metadata, beforeEsModules)
      results.push({ functionId })
    } catch (thrown) {
      results.push({ functionId, error: toRpcException(ensureError(thrown)) })
    }
  }
  worker.writer.send('loaded', { results })
}

/** Ends with 0: a hook that fails or does not end must not keep the host waiting. */
async function terminate(worker: WorkerState, { graceMs }: TerminateMessage): Promise<void> {
  systemLog(worker, 'debug', 'Received workerTerminate message; gracefully shutting down worker')
  setTimeout(() => {
    systemLog(worker, 'warning', `The "appTerminate" hooks did not end within ${graceMs} ms`)
    process.exit(0)
  }, graceMs)
  try {
    await executeHooks(worker, 'appTerminate', appHookContext(worker.app, {}))
  } catch (thrown) {
    systemLog(worker, 'error', `An "appTerminate" hook failed: ${ensureError(thrown).stack}`)
  }
  process.exit(0)
}
