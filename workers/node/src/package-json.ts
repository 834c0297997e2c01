/** The two members of the app's package.json that matter to the worker. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ensureError } from './errors.ts'
import { systemLog } from './log.ts'
import type { WorkerState } from './worker-state.ts'

export interface PackageJson {
  readonly type?: string
  /** File or glob, relative to the app. */
  readonly main?: string
}

/** An unreadable file is a warning: apps of function.json files need none. */
export async function readPackageJson(worker: WorkerState, appDirectory: string): Promise<PackageJson> {
  const path = join(appDirectory, 'package.json')
  try {
    return parsePackageJson(await readFile(path, 'utf8'))
  } catch (thrown) {
    const error = ensureError(thrown) as NodeJS.ErrnoException
    const reason = error.code === 'ENOENT' ? 'file does not exist' : error.message
    systemLog(worker, 'warning', `Worker failed to load package.json: ${reason} (${path})`)
    return {}
  }
}

/** Throws when the text is no JSON object. Members of another type than string are ignored. */
export function parsePackageJson(text: string): PackageJson {
  let data: unknown
  try {
    // Editors on Windows write a byte order mark.
    data = JSON.parse(text.replace(/^\ufeff/, ''))
  } catch (error) {
    throw new Error(`file content is not valid JSON: ${(error as Error).message}`)
  }
  if (typeof data !== 'object' || data === null || Array.isArray(data))
    throw new Error('file content is not an object')
  const { main, type } = data as Record<string, unknown>
  return {
    ...(typeof main === 'string' && { main }),
    ...(typeof type === 'string' && { type }),
  }
}
