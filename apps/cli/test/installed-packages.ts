/** The packages that a new app asks for, as if it had installed them. */
import { mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ProjectKind } from '../src/projects/project-kind.ts'

export const packages = fileURLToPath(new URL('../../../node_modules', import.meta.url))

const libraries: Readonly<Record<ProjectKind['model'], Readonly<Record<string, string>>>> = {
  v3: { '@azure/functions': 'azure-functions-v3', 'durable-functions': 'durable-functions-v2' },
  v4: { '@azure/functions': '@azure/functions', 'durable-functions': 'durable-functions' },
}
const shared = ['@types', 'undici-types', 'iconv-lite', 'uuid', 'long']

export async function linkPackages(directory: string, model: ProjectKind['model']): Promise<void> {
  await mkdir(join(directory, 'node_modules/@azure'), { recursive: true })
  const links = { ...libraries[model], ...Object.fromEntries(shared.map((name) => [name, name])) }
  for (const [name, folder] of Object.entries(links))
    await symlink(join(packages, folder), join(directory, 'node_modules', name))
}
