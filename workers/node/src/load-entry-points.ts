/** Loads the files that `main` of package.json means. One that fails does not keep the others from loading. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { findEntryPoints } from './entry-points.ts'
import { messageOf, placeInApp } from './error-place.ts'
import { ensureError } from './errors.ts'
import { systemLog } from './log.ts'
import { type BeforeEsModules, loadScriptFile, prepareFor } from './script-file.ts'
import type { WorkerState } from './worker-state.ts'

/**
 * Rejects when there is no file to load, unless the functions are in folders with a function.json. Files that fail
 * become `brokenFiles` of the app; the official worker stops at the first of them, and nothing of the app runs.
 */
export async function loadEntryPoints(
  worker: WorkerState,
  appDirectory: string,
  beforeEsModules: BeforeEsModules,
): Promise<void> {
  const { packageJson } = worker.app
  if (!packageJson.main) return
  const files = await findFiles(worker, appDirectory, packageJson.main)
  for (const file of files) await prepareFor(file, packageJson, beforeEsModules)
  for (const file of files) await loadEntryPoint(worker, appDirectory, file)
}

async function findFiles(
  worker: WorkerState,
  appDirectory: string,
  main: string,
): Promise<readonly string[]> {
  try {
    const { files, sourcesOf } = await findEntryPoints(appDirectory, main)
    if (sourcesOf !== undefined)
      systemLog(
        worker,
        'information',
        `No file matches "${sourcesOf}": running the TypeScript sources (${files.join(', ')})`,
      )
    return files
  } catch (thrown) {
    const error = entryPointError(thrown, main, appDirectory)
    // Many of these apps have the line that `npm init` wrote; the official worker minds it from Node.js 20 on.
    if (!hasFunctionFolders(appDirectory)) throw error
    systemLog(worker, 'warning', error.message)
    return []
  }
}

function hasFunctionFolders(appDirectory: string): boolean {
  return readdirSync(appDirectory).some((name) => existsSync(join(appDirectory, name, 'function.json')))
}

async function loadEntryPoint(worker: WorkerState, appDirectory: string, file: string): Promise<void> {
  const { app } = worker
  const loadedBefore = new Set(app.functions.keys())
  systemLog(worker, 'debug', `Loading entry point file "${file}"`)
  app.currentEntryPoint = join(appDirectory, file)
  worker.beforeScript?.(app.currentEntryPoint)
  try {
    await loadScriptFile(app.currentEntryPoint, app.packageJson)
    systemLog(worker, 'debug', `Loaded entry point file "${file}"`)
  } catch (thrown) {
    // What the file had registered may rely on the lines that did not run.
    for (const id of app.functions.keys()) if (!loadedBefore.has(id)) app.functions.delete(id)
    app.brokenFiles.push({ file, error: entryPointError(thrown, file, appDirectory) })
  } finally {
    app.currentEntryPoint = undefined
  }
}

function entryPointError(thrown: unknown, file: string, appDirectory: string): Error {
  const error = ensureError(thrown)
  const place = placeInApp(error, appDirectory)
  error.message = `Worker was unable to load entry point "${file}": ${messageOf(error)}${place}`
  error.isAzureFunctionsSystemError = true
  return error
}
