/** Loads a file of user code, as CommonJS or as an ES module. */
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import type { PackageJson } from './package-json.ts'

const typeScriptFile = /\.[cm]?ts$/

/** A missing module is noticed below more frames of Node's own than a stack has by default. */
const deepStackLimit = 40

/** Called before the first ES module of the app is loaded; more than once does no harm. */
export type BeforeEsModules = () => void

/** Installs what loading the file and its imports takes beyond Node.js itself. */
export async function prepareFor(
  path: string,
  packageJson: PackageJson,
  beforeEsModules: BeforeEsModules,
): Promise<void> {
  const isTypeScript = typeScriptFile.test(path)
  if (isTypeScript || isEsModule(path, packageJson)) beforeEsModules()
  if (!isTypeScript) return
  const { installTypeScriptLoader } = await import('./typescript-sources.ts')
  installTypeScriptLoader()
}

/** What the file exports: `module.exports`, or the namespace of an ES module. */
export async function loadScriptFile(path: string, packageJson: PackageJson): Promise<unknown> {
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = Math.max(stackTraceLimit, deepStackLimit)
  try {
    return await load(path, packageJson)
  } finally {
    // Unless the file has a limit of its own.
    if (Error.stackTraceLimit === deepStackLimit) Error.stackTraceLimit = stackTraceLimit
  }
}

async function load(path: string, packageJson: PackageJson): Promise<unknown> {
  if (!isEsModule(path, packageJson) && !typeScriptFile.test(path)) {
    try {
      return createRequire(path)(path)
    } catch (error) {
      // An ES module in a package that does not say so, with a top-level await.
      if ((error as NodeJS.ErrnoException).code !== 'ERR_REQUIRE_ASYNC_MODULE') throw error
    }
  }
  const namespace = (await import(pathToFileURL(path).href)) as Record<string, unknown>
  // TypeScript may turn out to be CommonJS.
  return Object.hasOwn(namespace, 'module.exports') ? namespace['module.exports'] : namespace
}

/** Judged as the official worker does: by extension, then by the app's own package.json. */
export function isEsModule(path: string, packageJson: PackageJson): boolean {
  if (/\.m[jt]s$/.test(path)) return true
  if (/\.c[jt]s$/.test(path)) return false
  return packageJson.type === 'module'
}
