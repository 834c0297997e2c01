/** Which programming model runs the app: the last one set, else v3 of `@azure/functions`. */
import { createRequire } from 'node:module'
import type { ProgrammingModel } from './core-types.ts'
import { systemLog } from './log.ts'
import type { WorkerState } from './worker-state.ts'

/** Resolved from this package, never from the app's own `node_modules`. */
const requireOwn = createRequire(import.meta.url)
const defaultModelPackage = 'azure-functions-v3'

let defaultModel: ProgrammingModel | undefined
let isLoadingDefault = false

export function setProgrammingModel(worker: WorkerState, model: ProgrammingModel): void {
  if (isLoadingDefault) {
    defaultModel = model
    return
  }
  systemLog(
    worker,
    'information',
    `Setting Node.js programming model to "${model.name}" version "${model.version}"`,
  )
  worker.app.programmingModel = model
}

/** Loads the default model when the app has set none; most apps do, so it is not loaded before. */
export function getProgrammingModel(worker: WorkerState): ProgrammingModel {
  return worker.app.programmingModel ?? loadDefaultModel()
}

/** The module `@azure/functions-core` must be installed: the model registers itself there. */
export function loadDefaultModel(): ProgrammingModel {
  if (!defaultModel) {
    isLoadingDefault = true
    try {
      ;(requireOwn(defaultModelPackage) as { setup(): void }).setup()
    } finally {
      isLoadingDefault = false
    }
  }
  if (!defaultModel) throw new Error(`${defaultModelPackage} did not register a programming model`)
  return defaultModel
}
