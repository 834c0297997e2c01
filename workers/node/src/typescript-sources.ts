/**
 * Runs an app from its TypeScript sources when it has not been built: where `main` would find them, and how
 * they are loaded. Types are stripped by Node.js; what needs more (enums, namespaces, parameter properties)
 * goes through its transform.
 */
import { existsSync, readFileSync } from 'node:fs'
import { registerHooks, stripTypeScriptTypes } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * Patterns for the sources of what `main` would match after a build: the extension is that of TypeScript, and
 * the first folder (tsconfig's `outDir`) is left out or replaced by `rootDir`.
 */
export function typeScriptSourcePatterns(appDirectory: string, main: string): string[] {
  if (!/\.[cm]?js\b/.test(main)) return []
  const source = main.replace(/^\.\//, '').replace(/\.([cm]?)js\b/g, '.$1ts')
  const outDir = tsconfigFolder(appDirectory, 'outDir') ?? source.split('/')[0]!
  const inside = source.startsWith(`${outDir}/`) ? source.slice(outDir.length + 1) : undefined
  if (inside === undefined) return [source]
  const rootDir = tsconfigFolder(appDirectory, 'rootDir')
  const roots = rootDir === undefined ? ['', 'src'] : [rootDir]
  return [...roots.map((root) => (root ? `${root}/${inside}` : inside)), source]
}

/** `compilerOptions.outDir` or `rootDir` without `./` and `/` around it; '' is the app's folder itself. */
function tsconfigFolder(appDirectory: string, option: 'outDir' | 'rootDir'): string | undefined {
  const path = join(appDirectory, 'tsconfig.json')
  if (!existsSync(path)) return undefined
  // tsconfig.json may hold comments and trailing commas: a search is enough for one string member.
  const text = readFileSync(path, 'utf8').replace(/^\s*\/\/.*$|\/\*[\s\S]*?\*\//gm, '')
  const folder = new RegExp(`"${option}"\\s*:\\s*"([^"]*)"`).exec(text)?.[1]
  return folder?.replace(/^\.(\/|$)/, '').replace(/\/$/, '')
}

/**
 * From now on imports resolve as they do for the TypeScript compiler (no extension, or `.js` for a `.ts` file),
 * and syntax that cannot be stripped is transformed.
 */
export function installTypeScriptLoader(): void {
  registerHooks({
    resolve(specifier, context, next) {
      try {
        return next(specifier, context)
      } catch (error) {
        for (const candidate of sourceCandidates(specifier, context.parentURL)) {
          try {
            return next(candidate, context)
          } catch {
            // The first error is the one that the user understands.
          }
        }
        throw error
      }
    },
    load(url, context, next) {
      const loaded = next(url, context)
      if (!loaded.format?.endsWith('typescript') || loaded.source == null) return loaded
      const source =
        typeof loaded.source === 'string'
          ? loaded.source
          : Buffer.from(loaded.source as Uint8Array).toString()
      if (!needsTransform(source)) return loaded
      const sourceUrl = url.startsWith('file:') ? fileURLToPath(url) : url
      const code = stripTypeScriptTypes(source, { mode: 'transform', sourceMap: true, sourceUrl })
      const format = loaded.format.replace(/-?typescript$/, '') || undefined
      return { ...loaded, source: code, format: format as typeof loaded.format }
    },
  })
}

function sourceCandidates(specifier: string, parentUrl: string | undefined): string[] {
  if (!/^\.{1,2}\//.test(specifier) || !parentUrl || /\/node_modules\//.test(parentUrl)) return []
  const built = /^(.*)\.([cm]?)js$/.exec(specifier)
  return built
    ? [`${built[1]}.${built[2]}ts`]
    : [`${specifier}.ts`, `${specifier}.js`, `${specifier}/index.ts`, `${specifier}/index.js`]
}

function needsTransform(source: string): boolean {
  try {
    stripTypeScriptTypes(source)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX'
  }
}
