/** The check of an app whose functions another program answers, instead of those of Node.js apps. */
import { constants } from 'node:fs'
import { access, glob } from 'node:fs/promises'
import { delimiter, isAbsolute, resolve } from 'node:path'
import type { AppConfiguration } from '@aloft/functions'
import type { Finding, Patient } from './finding.ts'

/** The program that host.json names, and the functions. */
export async function checkCustomHandler(
  { host, context }: AppConfiguration,
  { appDirectory, environment }: Patient,
): Promise<readonly Finding[]> {
  const handler = host.customHandler
  if (!handler) return []
  const name = handler.executable.replace(
    /%([^%]+)%/g,
    (_, setting: string) => context.setting(setting) ?? '',
  )
  const own = resolve(appDirectory, handler.workerDirectory, name)
  const folders = isAbsolute(name) ? [] : (environment.PATH ?? '').split(delimiter).filter(Boolean)
  const found = await firstThere([own, ...folders.map((folder) => resolve(folder, name))])
  return [
    found ? await runnable(found) : notFound(name),
    await checkFunctions(handler.routes.length, appDirectory),
  ]
}

async function firstThere(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) if (await can(path, constants.F_OK)) return path
  return undefined
}

const check = 'custom handler'

async function runnable(path: string): Promise<Finding> {
  if (process.platform === 'win32' || (await can(path, constants.X_OK)))
    return { check, level: 'ok', message: path }
  return { check, level: 'fail', message: `${path} may not be run`, mend: `chmod +x '${path}'` }
}

function notFound(name: string): Finding {
  const mend = `Build it, or correct customHandler.description.defaultExecutablePath in host.json.`
  return {
    check,
    level: 'fail',
    message: `'${name}' is neither a file of the app nor a command on PATH`,
    mend,
  }
}

async function checkFunctions(routeCount: number, appDirectory: string): Promise<Finding> {
  let folderCount = 0
  for await (const _ of glob('*/function.json', { cwd: appDirectory })) folderCount++
  if (routeCount > 0) return { check: 'functions', level: 'ok', message: `${routeCount} routes in host.json` }
  if (folderCount > 0) return { check: 'functions', level: 'ok', message: `${folderCount} function.json` }
  return { check: 'functions', level: 'fail', message: 'there is none', mend: "'aloft new' adds one." }
}

function can(path: string, mode: number): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  )
}
