/** The files of an app that go to Azure. */
import { readdir, readFile, realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { IgnoreRules } from './ignore-rules.ts'

export interface AppFile {
  /** Absolute. */
  readonly path: string
  /** Relative to the app, with `/`. */
  readonly name: string
  readonly size: number
  readonly isExecutable: boolean
}

/** Never sent, whatever .funcignore says. Source: azure-functions-core-tools `FileSystemHelpers.GetLocalFiles`. */
const privateFolders = new Set(['.git', '.vscode', '.aloft'])
const privateFiles = new Set([
  '.funcignore',
  '.gitignore',
  'appsettings.json',
  'local.settings.json',
  'project.lock.json',
])

/**
 * Ascending by name. Links are followed: a package holds what they point to.
 * @param leftOut absolute path of a file that is none of the app's
 */
export async function listAppFiles(root: string, leftOut: string): Promise<AppFile[]> {
  const text = await readFile(join(root, '.funcignore'), 'utf8').catch(() => '')
  const files: AppFile[] = []
  await collect({ root, rules: new IgnoreRules(text), leftOut, files }, '', [await realpath(root)])
  return files.sort((left, right) => (left.name < right.name ? -1 : 1))
}

interface Walk {
  readonly root: string
  readonly rules: IgnoreRules
  readonly leftOut: string
  readonly files: AppFile[]
}

/** @param parents real paths of the folders above: a link to one of them would never end */
async function collect(walk: Walk, folder: string, parents: readonly string[]): Promise<void> {
  const { root, rules, leftOut, files } = walk
  for (const entry of await readdir(join(root, folder))) {
    const name = folder === '' ? entry : `${folder}/${entry}`
    const path = join(root, name)
    if (path === leftOut) continue
    // A link that points nowhere has nothing to send.
    const about = await stat(path).catch(() => undefined)
    if (about?.isDirectory()) {
      const real = await realpath(path)
      const isPrivate = folder === '' && privateFolders.has(entry)
      if (isPrivate || parents.includes(real) || rules.ignores(name, 'directory')) continue
      await collect(walk, name, [...parents, real])
    } else if (about?.isFile()) {
      if ((folder === '' && privateFiles.has(entry)) || rules.ignores(name, 'file')) continue
      files.push({ path, name, size: about.size, isExecutable: (about.mode & 0o100) !== 0 })
    }
  }
}
