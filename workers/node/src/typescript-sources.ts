/**
 * Runs an app from its TypeScript sources when it has not been built: where `main` would find them, and how
 * they are loaded. The work is done by Node.js' own TypeScript support; this adds what code written for a compiler
 * expects beyond it.
 */
import { existsSync, readFileSync } from 'node:fs'
import { findPackageJSON, registerHooks, stripTypeScriptTypes } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rememberSourceMap } from './stack-mapping.ts'

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

let isInstalled = false

/**
 * From now on the app's TypeScript loads as after a build: imports without extension, or with `.js` for a `.ts`
 * file, imported types, enums, namespaces and parameter properties. `paths` of tsconfig.json and decorators do not.
 */
export function installTypeScriptLoader(): void {
  if (isInstalled) return
  isInstalled = true
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
      if (!/^file:(?!.*\/node_modules\/).*\.[cm]?ts$/.test(url)) return next(url, context)
      const path = fileURLToPath(url)
      const source = toJavaScript(readFileSync(path, 'utf8'), path)
      return { format: moduleFormat(url, source), source, shortCircuit: true }
    },
  })
}

/** Types are blanked out; syntax with a meaning at run time is transformed, with a source map. */
function toJavaScript(source: string, path: string): string {
  try {
    return withoutTypeImports(stripTypeScriptTypes(source))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX') throw error
    const code = stripTypeScriptTypes(source, { mode: 'transform', sourceMap: true, sourceUrl: path })
    rememberSourceMap(path, code)
    return withoutTypeImports(code)
  }
}

const namedImport = /^([ \t]*import\s+)(\w+\s*,\s*)?\{([^}]*)\}(\s*from\s*(?:'[^'\n]*'|"[^"\n]*")[ \t]*;?)/gm

/**
 * Imported types need not be marked as such (`import { app, HttpRequest } from '@azure/functions'`): as the
 * compiler does, a name that the code does not use as a value is left out, and an import of none altogether.
 * Columns stay.
 */
function withoutTypeImports(code: string): string {
  const rest = code.replace(namedImport, '')
  const isUsed = (name: string) => new RegExp(`(?<![\\w$.])${name}(?![\\w$])`).test(rest)
  return code.replace(namedImport, (whole, before: string, other = '', names: string, from: string) => {
    const kept = names.replace(/(\w+)(?:\s+as\s+(\w+))?\s*,?/g, (specifier, name: string, alias?: string) =>
      isUsed(alias ?? name) ? specifier : specifier.replace(/\S/g, ' '),
    )
    if (!other && !kept.trim()) return whole.replace(/\S/g, ' ')
    return `${before}${other}{${kept}}${from}`
  })
}

/** As Node.js decides: by extension, by the nearest package.json, by the syntax. */
function moduleFormat(url: string, code: string): 'module' | 'commonjs' {
  if (/\.[cm]ts$/.test(url)) return url.endsWith('.mts') ? 'module' : 'commonjs'
  const packageJson = findPackageJSON(url)
  const type: unknown = packageJson && JSON.parse(readFileSync(packageJson, 'utf8')).type
  if (type === 'module' || type === 'commonjs') return type
  return /^\s*(?:import|export)\b/m.test(code) ? 'module' : 'commonjs'
}

function sourceCandidates(specifier: string, parentUrl: string | undefined): string[] {
  if (!/^\.{1,2}\//.test(specifier) || !parentUrl || /\/node_modules\//.test(parentUrl)) return []
  const built = /^(.*)\.([cm]?)js$/.exec(specifier)
  return built
    ? [`${built[1]}.${built[2]}ts`]
    : [`${specifier}.ts`, `${specifier}.js`, `${specifier}/index.ts`, `${specifier}/index.js`]
}
