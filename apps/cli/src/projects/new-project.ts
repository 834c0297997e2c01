/** The files of a new app. */
import type { ProjectKind } from './project-kind.ts'
import { type ProjectFile, renderTree } from './template-tree.ts'

export const bundleChannels = ['GA', 'Preview', 'Experimental'] as const
export const configurationProfiles = ['mcp-custom-handler'] as const

export interface NewProject extends ProjectKind {
  /** The folder's name; becomes the package's. */
  readonly name: string
  /** Channel of the extension bundle in host.json; undefined = no bundle. */
  readonly bundle: (typeof bundleChannels)[number] | undefined
  /** `only` = nothing but the Docker files, for an app that exists. */
  readonly docker: 'none' | 'also' | 'only'
  /** Name of a set of presets of the host, for host.json. */
  readonly configurationProfile: (typeof configurationProfiles)[number] | undefined
}

const bundleIds: Readonly<Record<(typeof bundleChannels)[number], string>> = {
  GA: 'Microsoft.Azure.Functions.ExtensionBundle',
  Preview: 'Microsoft.Azure.Functions.ExtensionBundle.Preview',
  Experimental: 'Microsoft.Azure.Functions.ExtensionBundle.Experimental',
}

/** All files of the project, ascending by path within each group. */
export async function renderProject(project: NewProject): Promise<ProjectFile[]> {
  const { model, language, docker } = project
  const values = {
    packageName: packageName(project.name),
    bundleId: bundleIds[project.bundle ?? 'GA'],
    workerRuntime: language === 'custom' ? 'custom' : 'node',
  }
  const dockerFiles = docker === 'none' ? [] : await renderTree(`projects/docker-${language}`, values)
  if (docker === 'only') return dockerFiles
  const own = await renderTree(`projects/${model}-${language}`, values)
  const common = await renderTree('projects/common', values)
  const shared = common.filter(({ path }) => !own.some((file) => file.path === path))
  return [...shared.map((file) => adapt(file, project)), ...own, ...dockerFiles]
}

/** The bundle's section of a host.json. */
export function bundleSection(channel: (typeof bundleChannels)[number]) {
  return { id: bundleIds[channel], version: '[4.*, 5.0.0)' }
}

function adapt(file: ProjectFile, project: NewProject): ProjectFile {
  if (file.path === 'host.json') return edit(file, (content) => hostJson(content, project))
  if (file.path === 'local.settings.json' && project.configurationProfile !== undefined)
    return edit(file, (content) => ({
      ...content,
      // Azure's host believes the profile only with this flag.
      Values: { ...(content.Values as object), AzureWebJobsFeatureFlags: 'EnableMcpCustomHandlerPreview' },
    }))
  return file
}

function hostJson(content: Record<string, unknown>, project: NewProject): Record<string, unknown> {
  const { extensionBundle, ...rest } = content
  const { configurationProfile } = project
  return {
    ...rest,
    ...(project.bundle && { extensionBundle }),
    ...(configurationProfile && { configurationProfile }),
    ...(project.language === 'custom' && {
      customHandler: {
        description: { defaultExecutablePath: 'handler', workingDirectory: '', arguments: [] },
      },
    }),
  }
}

function edit(
  { path, text }: ProjectFile,
  change: (content: Record<string, unknown>) => Record<string, unknown>,
): ProjectFile {
  const content = change(JSON.parse(text) as Record<string, unknown>)
  return { path, text: `${JSON.stringify(content, null, 2)}\n` }
}

/** A folder's name as an npm package name (lower case, URL-safe, no leading dot). */
export function packageName(folder: string): string {
  const name = folder
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[._-]+|-+$/g, '')
  return name === '' ? 'function-app' : name.slice(0, 214)
}
