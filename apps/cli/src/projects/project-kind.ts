/** What sort of project a folder holds. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { UserError } from '@aloft/kernel'
import { parse } from 'jsonc-parser'
import { resolveLanguage } from './runtime-words.ts'
import { exists } from './write-files.ts'

/** Of Node.js apps. */
export const languages = ['javascript', 'typescript'] as const
export const projectLanguages = [...languages, 'custom'] as const
export const models = ['v4', 'v3'] as const
export const authLevels = ['anonymous', 'function', 'admin'] as const
export type AuthLevel = (typeof authLevels)[number]

/** An app with a custom handler has no code that Aloft would write: its functions are function.json, as of model v3. */
export interface ProjectKind {
  readonly language: (typeof projectLanguages)[number]
  readonly model: (typeof models)[number]
}

/** Recognises the app in `directory`; throws when there is none, or none of a kind for which there are templates. */
export async function detectProjectKind(directory: string): Promise<ProjectKind> {
  const read = (name: string) => readFile(join(directory, name), 'utf8').catch(() => undefined)
  const [hostText, packageText, settingsText, isTypeScript] = await Promise.all([
    read('host.json'),
    read('package.json'),
    read('local.settings.json'),
    exists(join(directory, 'tsconfig.json')),
  ])
  if (hostText === undefined) throw noApp(directory)
  const runtime = runtimeOf(settingsText)
  if (runtime === 'custom' || hasMember(hostText, 'customHandler')) return { language: 'custom', model: 'v3' }
  const language = resolveLanguage(runtime, undefined)
  if (packageText === undefined) throw noApp(directory)
  return {
    language: language ?? (isTypeScript ? 'typescript' : 'javascript'),
    model: modelOf(packageText, join(directory, 'package.json')),
  }
}

function noApp(directory: string): UserError {
  return new UserError(`There is no function app in ${directory}`, {
    hint: "'aloft init' makes one. A Node.js app has a host.json and a package.json.",
  })
}

/** What local.settings.json says; what is wrong with it, the host says better. */
function runtimeOf(text: string | undefined): string | undefined {
  const { Values } = (parse(text ?? '') ?? {}) as { Values?: Readonly<Record<string, unknown>> }
  const runtime = Values?.FUNCTIONS_WORKER_RUNTIME
  return typeof runtime === 'string' && runtime !== '' ? runtime : undefined
}

function hasMember(text: string, name: string): boolean {
  return Object.hasOwn((parse(text.replace(/^\uFEFF/, '')) ?? {}) as object, name)
}

/** v4 apps name an entry point; v3 apps have none, or depend on version 3 of the library. */
function modelOf(packageText: string, file: string): ProjectKind['model'] {
  const { main, dependencies, devDependencies } = parsePackage(packageText, file)
  const range = { ...devDependencies, ...dependencies }['@azure/functions']
  if (range !== undefined && /^[\^~>=v\s]*[123](\.|$)/.test(range)) return 'v3'
  return main === undefined && range === undefined ? 'v3' : 'v4'
}

interface PackageJson {
  readonly main?: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
}

function parsePackage(text: string, file: string): PackageJson {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, '')) as PackageJson
  } catch (error) {
    throw new UserError(`The file is not valid JSON: ${(error as Error).message}`, {
      location: { file },
      cause: error,
    })
  }
}
