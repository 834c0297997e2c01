/** Which files `main` of package.json means. */
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { SystemError } from './errors.ts'

export interface EntryPoints {
  /** Relative to the app, with `/`, ascending. */
  readonly files: readonly string[]
  /** Set when the built files are missing and their TypeScript sources were found instead. */
  readonly sourcesOf?: string
}

/** Throws `SystemError` when no file matches. */
export async function findEntryPoints(appDirectory: string, main: string): Promise<EntryPoints> {
  const files = await expand(appDirectory, main)
  if (files.length > 0) return { files }
  const { typeScriptSourcePatterns } = await import('./typescript-sources.ts')
  for (const pattern of typeScriptSourcePatterns(appDirectory, main)) {
    const sources = await expand(appDirectory, pattern, ['**/node_modules/**'])
    if (sources.length > 0) return { files: sources, sourcesOf: main }
  }
  let message = hasMagic(main) ? 'Found zero files matching the supplied pattern' : 'File does not exist'
  // By far the most common case: `npm init` wrote this line and nobody meant it.
  if (main === 'index.js')
    message += '. If the app has functions in other files, say so in "main" of package.json'
  throw new SystemError(message)
}

const declarations = ['**/*.d.ts', '**/*.d.mts', '**/*.d.cts']

/** A file stands for itself, a folder for all files in it. */
async function expand(
  appDirectory: string,
  pattern: string,
  without: readonly string[] = [],
): Promise<string[]> {
  if (!hasMagic(pattern) && statSync(join(appDirectory, pattern), { throwIfNoEntry: false })?.isFile())
    return [pattern.replace(/^(\.\/)+/, '')]
  // Loaded only here: most of the time of a start goes into loading modules.
  const { glob } = await import('tinyglobby')
  const files = await glob(pattern, { cwd: appDirectory, ignore: [...declarations, ...without] })
  return files.sort()
}

function hasMagic(pattern: string): boolean {
  return /[*?[\]{}()!+@]/.test(pattern)
}
