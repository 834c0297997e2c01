/** Reads a folder of templates: every `<path>.template` becomes a file at `<path>`, its `%name%`s filled in. */
import { glob, readFile } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface ProjectFile {
  /** Relative to the project, with `/`. */
  readonly path: string
  readonly text: string
}

const suffix = '.template'
export const templatesDirectory = fileURLToPath(new URL('../../templates', import.meta.url))

/**
 * The files that `folder` (below the templates directory) makes, ascending by path. Placeholders in paths and
 * texts are replaced; one that `values` lacks is left as it is. A folder that does not exist makes no files.
 */
export async function renderTree(
  folder: string,
  values: Readonly<Record<string, string>>,
): Promise<ProjectFile[]> {
  const directory = join(templatesDirectory, folder)
  const files: ProjectFile[] = []
  for await (const path of glob([`**/*${suffix}`, `**/.*${suffix}`, `.*/**/*${suffix}`], {
    cwd: directory,
  })) {
    const text = await readFile(join(directory, path), 'utf8')
    const target = path.slice(0, -suffix.length).split(sep).join('/')
    files.push({ path: fill(target, values), text: fill(text, values) })
  }
  return files.sort((left, right) => (left.path < right.path ? -1 : 1))
}

function fill(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/%(\w+)%/g, (whole, name: string) => values[name] ?? whole)
}
