/** The files of a new app. */
import { UserError } from '@aloft/kernel'
import type { ProjectKind } from './project-kind.ts'
import { type ProjectFile, renderTree } from './template-tree.ts'

export const bundleChannels = ['GA', 'Preview', 'Experimental'] as const

export interface NewProject extends ProjectKind {
  /** The folder's name; becomes the package's. */
  readonly name: string
  /** Channel of the extension bundle in host.json; undefined = no bundle. */
  readonly bundle: (typeof bundleChannels)[number] | undefined
  /** `only` = nothing but the Docker files, for an app that exists. */
  readonly docker: 'none' | 'also' | 'only'
}

const bundleIds: Readonly<Record<(typeof bundleChannels)[number], string>> = {
  GA: 'Microsoft.Azure.Functions.ExtensionBundle',
  Preview: 'Microsoft.Azure.Functions.ExtensionBundle.Preview',
  Experimental: 'Microsoft.Azure.Functions.ExtensionBundle.Experimental',
}

/** All files of the project, ascending by path within each group. */
export async function renderProject(project: NewProject): Promise<ProjectFile[]> {
  const values = { packageName: packageName(project.name), bundleId: bundleIds[project.bundle ?? 'GA'] }
  const dockerFiles =
    project.docker === 'none' ? [] : await renderTree(`projects/docker-${project.language}`, values)
  if (project.docker === 'only') return dockerFiles
  const common = await renderTree('projects/common', values)
  const own = await renderTree(`projects/${project.model}-${project.language}`, values)
  return [...common.map((file) => (project.bundle ? file : withoutBundle(file))), ...own, ...dockerFiles]
}

function withoutBundle(file: ProjectFile): ProjectFile {
  if (file.path !== 'host.json') return file
  const { extensionBundle: _, ...rest } = JSON.parse(file.text) as Record<string, unknown>
  return { path: file.path, text: `${JSON.stringify(rest, null, 2)}\n` }
}

/** A folder's name as an npm package name (lower case, URL-safe, no leading dot). */
export function packageName(folder: string): string {
  const name = folder
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[._-]+|-+$/g, '')
  return name === '' ? 'function-app' : name.slice(0, 214)
}

/** The language that `--language`, or else `--worker-runtime`, asks for; undefined when they leave it open. */
export function resolveLanguage(
  runtime: string | undefined,
  language: string | undefined,
): ProjectKind['language'] | undefined {
  const fromRuntime = runtime === undefined ? undefined : languageWord(runtime)
  const fromLanguage = language === undefined ? undefined : languageWord(language)
  return fromLanguage ?? fromRuntime
}

/** `node` says nothing about the language. */
function languageWord(word: string): ProjectKind['language'] | undefined {
  const key = word.toLowerCase()
  if (key === 'node') return undefined
  if (key === 'javascript' || key === 'js') return 'javascript'
  if (key === 'typescript' || key === 'ts') return 'typescript'
  throw new UserError(`Aloft makes Node.js apps; '${word}' is not among their languages`, {
    hint: 'Use --worker-runtime node with --language javascript or typescript.',
  })
}
