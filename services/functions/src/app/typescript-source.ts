/** Where the TypeScript source of a built script lies: apps of the function.json model run without a build, too. */
import { stat } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import type { AppConfiguration } from '../contracts.ts'
import { isObject } from './config-section.ts'
import { readJsonDocument } from './json-document.ts'

/**
 * The source from which the compiler would make `script`: beside it, or where tsconfig.json's `outDir` and
 * `rootDir` say. Undefined when there is none. Without `outDir` it is the first folder of a script outside
 * `functionDirectory`. A tsconfig.json that cannot be read throws a UserError.
 */
export async function findTypeScriptSource(
  app: AppConfiguration,
  functionDirectory: string,
  script: string,
): Promise<string | undefined> {
  const { rootDirectory } = app.context
  const path = relative(rootDirectory, script).split(sep).join('/')
  if (path.startsWith('../') || !/\.[cm]?js$/.test(path)) return undefined
  const source = path.replace(/js$/, 'ts')
  const isOutside = relative(functionDirectory, script).startsWith('..')
  const { outDir = isOutside ? path.split('/')[0] : undefined, rootDir } =
    await compilerFolders(rootDirectory)
  const candidates = [source]
  if (outDir && source.startsWith(`${outDir}/`)) {
    const inside = source.slice(outDir.length + 1)
    const roots = rootDir === undefined ? ['', 'src'] : [rootDir]
    candidates.push(...roots.map((root) => (root ? `${root}/${inside}` : inside)))
  }
  for (const candidate of candidates) {
    const file = join(rootDirectory, candidate)
    if (await isFile(file)) return file
  }
  return undefined
}

interface CompilerFolders {
  readonly outDir?: string
  readonly rootDir?: string
}

/** `compilerOptions` without `./` and `/` around them; '' is the app's folder itself. */
async function compilerFolders(rootDirectory: string): Promise<CompilerFolders> {
  const document = await readJsonDocument(join(rootDirectory, 'tsconfig.json'), 'tsconfig.json')
  const options = document?.value.compilerOptions
  if (!isObject(options)) return {}
  const folder = (value: unknown) =>
    typeof value === 'string' ? value.replace(/^\.(\/|$)/, '').replace(/\/$/, '') : undefined
  const outDir = folder(options.outDir)
  const rootDir = folder(options.rootDir)
  return { ...(outDir !== undefined && { outDir }), ...(rootDir !== undefined && { rootDir }) }
}

async function isFile(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined)
  return found?.isFile() ?? false
}
