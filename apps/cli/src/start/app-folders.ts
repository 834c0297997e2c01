/** Which folders `aloft start` means. */
import { dirname, resolve } from 'node:path'
import { UserError } from '@aloft/kernel'
import { exists } from '../projects/write-files.ts'

/**
 * Absolute paths of the apps to run: those of `named`, or the one in which `directory` is, at any depth.
 * @throws UserError when there is no app
 */
export async function findAppFolders(
  named: readonly string[],
  directory: string,
): Promise<readonly string[]> {
  if (named.length === 0) return [await findAround(directory)]
  const folders = named.map((folder) => resolve(directory, folder))
  for (const folder of folders) if (!(await isApp(folder))) throw noApp(folder)
  return folders
}

/** Like `func`: commands work in every folder of an app. */
async function findAround(directory: string): Promise<string> {
  for (let folder = directory; ; folder = dirname(folder)) {
    if (await isApp(folder)) return folder
    if (folder === dirname(folder)) throw noApp(directory)
  }
}

function isApp(folder: string): Promise<boolean> {
  return exists(resolve(folder, 'host.json'))
}

function noApp(folder: string): UserError {
  return new UserError(`There is no function app in ${folder}: host.json is missing`, {
    hint: "'aloft init' makes an app; 'aloft start DIR' runs the one in DIR.",
  })
}
