/** Checks of the app: its files, its settings, its entry point, its library. */
import { glob, readFile, stat } from 'node:fs/promises'
import { findPackageJSON } from 'node:module'
import { join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { loadApp } from '@aloft/functions'
import { type Clock, ensureError, UserError } from '@aloft/kernel'
import { exists } from '../projects/write-files.ts'
import type { Finding, Patient } from './finding.ts'

/** The app's configuration as the host reads it, or why it cannot; undefined without a host.json. */
export type LoadedConfiguration = Awaited<ReturnType<typeof loadApp>> | UserError | undefined

export async function loadConfiguration(patient: Patient, clock: Clock): Promise<LoadedConfiguration> {
  const { appDirectory, environment } = patient
  if (!(await exists(join(appDirectory, 'host.json')))) return undefined
  try {
    return await loadApp(appDirectory, { clock, environment, fetching: 'later' })
  } catch (error) {
    if (error instanceof UserError) return error
    throw error
  }
}

/** host.json, local.settings.json and the settings. */
export function checkConfiguration(
  loaded: LoadedConfiguration,
  { appDirectory }: Patient,
): readonly Finding[] {
  const check = 'configuration'
  if (loaded === undefined)
    return [
      {
        check,
        level: 'fail',
        message: `there is no host.json in ${appDirectory}`,
        mend: "Go to the app's folder, or make an app with 'aloft init'.",
      },
    ]
  if (loaded instanceof UserError)
    return [
      { check, level: 'fail', message: loaded.message, mend: loaded.hint ?? 'Mend the file at that place.' },
    ]
  if (loaded.warnings.length === 0)
    return [{ check, level: 'ok', message: 'host.json and the settings are sound' }]
  return loaded.warnings.map((message) => ({
    check,
    level: 'warn',
    message,
    mend: 'Mend the file at that place.',
  }))
}

export async function checkLocalSettings({ appDirectory }: Patient): Promise<readonly Finding[]> {
  const check = 'local.settings.json'
  if (await exists(join(appDirectory, check))) return [{ check, level: 'ok', message: 'found' }]
  return [
    {
      check,
      level: 'warn',
      message: 'there is none; settings come from the environment alone',
      mend: "'aloft init' writes one; the files that exist are kept.",
    },
  ]
}

/** The entry point of model v4, or the folders of model v3. */
export async function checkEntryPoint({ appDirectory }: Patient): Promise<readonly Finding[]> {
  const check = 'entry point'
  const folders = await matches(appDirectory, '*/function.json')
  let main: unknown
  try {
    main = JSON.parse(withoutMark(await readFile(join(appDirectory, 'package.json'), 'utf8'))).main
  } catch (error) {
    if (folders.length > 0) return [functionFolders(check, folders)]
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT'
    const message = isMissing ? 'there is no package.json' : `package.json: ${ensureError(error).message}`
    return [
      { check, level: 'fail', message, mend: 'Write a package.json whose "main" names your functions.' },
    ]
  }
  if (typeof main !== 'string') {
    if (folders.length > 0) return [functionFolders(check, folders)]
    const mend = 'Set it, e.g. "main": "src/functions/*.js".'
    return [{ check, level: 'fail', message: 'package.json has no "main", so no functions are found', mend }]
  }
  const files = await matches(appDirectory, main)
  if (files.length === 0) return [await withoutBuild(check, appDirectory, main)]
  const message = `"${main}" matches ${counted(files.length)}`
  const newer = await newerSource(appDirectory, main, files)
  if (newer === undefined) return [{ check, level: 'ok', message }]
  const mend = `Run 'npm run build', or delete the built files to run the sources.`
  return [{ check, level: 'warn', message: `${message}, older than ${newer}`, mend }]
}

function functionFolders(check: string, folders: readonly string[]): Finding {
  return { check, level: 'ok', message: `${folders.length} function.json (model v3)` }
}

/** Built files are missing: a TypeScript app that runs from its sources, or a pattern that is wrong. */
async function withoutBuild(check: string, appDirectory: string, main: string): Promise<Finding> {
  for (const pattern of sourcePatterns(main)) {
    const files = await matches(appDirectory, pattern)
    if (files.length > 0)
      return {
        check,
        level: 'ok',
        message: `"${main}" is not built; ${counted(files.length)} run as "${pattern}"`,
      }
  }
  const mend = 'Make "main" in package.json match the files of your functions, e.g. "src/functions/*.js".'
  return { check, level: 'fail', message: `"${main}" matches no file, so no functions are found`, mend }
}

/** A TypeScript source that was changed after the last build of `built`. */
async function newerSource(
  appDirectory: string,
  main: string,
  built: readonly string[],
): Promise<string | undefined> {
  const changedAt = async (file: string) => (await stat(join(appDirectory, file))).mtimeMs
  const builtAt = Math.max(...(await Promise.all(built.map(changedAt))))
  for (const pattern of sourcePatterns(main)) {
    for (const source of await matches(appDirectory, pattern))
      if ((await changedAt(source)) > builtAt) return source
  }
  return undefined
}

/** Where the TypeScript sources of what `main` matches may lie: without the output folder, in `src`, beside it. */
function sourcePatterns(main: string): string[] {
  if (!/\.[cm]?js\b/.test(main)) return []
  const source = main.replace(/^\.\//, '').replace(/\.([cm]?)js\b/g, '.$1ts')
  return [source.replace(/^[^/]+\//, ''), source.replace(/^[^/]+\//, 'src/'), source]
}

/** The programming model's library, as the app would load it. */
export async function checkLibrary({ appDirectory }: Patient): Promise<readonly Finding[]> {
  const check = '@azure/functions'
  const hasFolders = (await matches(appDirectory, '*/function.json')).length > 0
  const found = findLibrary(appDirectory)
  if (found === undefined) {
    if (hasFolders) return [{ check, level: 'ok', message: 'not installed; model v3 runs without it' }]
    return [{ check, level: 'fail', message: 'not installed', mend: `Run 'npm install' in ${appDirectory}.` }]
  }
  const { version } = JSON.parse(await readFile(found, 'utf8')) as { version: string }
  const message = `${version} in ${relative(appDirectory, join(found, '..')) || '.'}`
  if (version.startsWith('4.') || hasFolders) return [{ check, level: 'ok', message }]
  const mend = 'Run npm install @azure/functions@4.'
  return [{ check, level: 'warn', message: `${message}; apps without function.json need version 4`, mend }]
}

function findLibrary(appDirectory: string): string | undefined {
  try {
    return findPackageJSON('@azure/functions', pathToFileURL(join(appDirectory, 'package.json')))
  } catch {
    return undefined
  }
}

/** Files below the app's folder, those of packages left out. */
async function matches(appDirectory: string, pattern: string): Promise<string[]> {
  const found: string[] = []
  const exclude = (path: string) => path === 'node_modules' || path.endsWith('/node_modules')
  for await (const file of glob(pattern, { cwd: appDirectory, exclude })) found.push(file)
  return found
}

function counted(files: number): string {
  return files === 1 ? '1 file' : `${files} files`
}

function withoutMark(text: string): string {
  return text.replace(/^\uFEFF/, '')
}
