/** What sort of project a folder holds. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { UserError } from '@aloft/kernel'
import { exists } from './write-files.ts'

export const languages = ['javascript', 'typescript'] as const
export const models = ['v4', 'v3'] as const
export const authLevels = ['anonymous', 'function', 'admin'] as const
export type AuthLevel = (typeof authLevels)[number]

export interface ProjectKind {
  readonly language: (typeof languages)[number]
  readonly model: (typeof models)[number]
}

/** Recognises the app in `directory`; throws when there is none. */
export async function detectProjectKind(directory: string): Promise<ProjectKind> {
  const [packageText, isApp, isTypeScript] = await Promise.all([
    readFile(join(directory, 'package.json'), 'utf8').catch(() => undefined),
    exists(join(directory, 'host.json')),
    exists(join(directory, 'tsconfig.json')),
  ])
  if (packageText === undefined || !isApp)
    throw new UserError(`There is no Node.js function app in ${directory}`, {
      hint: `'aloft init' makes one; it needs a host.json and a package.json.`,
    })
  return {
    language: isTypeScript ? 'typescript' : 'javascript',
    model: modelOf(packageText, join(directory, 'package.json')),
  }
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
