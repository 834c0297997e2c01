/** Which apps `aloft start` means. */
import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { isApp } from '@aloft/functions'
import { UserError } from '@aloft/kernel'
import type { CommandContext } from '../terminal.ts'

/**
 * Absolute paths of the apps to run, folders or zip files: those of `named`, or the one in which the current folder is,
 * at any depth.
 * @throws UserError when there is no app
 */
export async function findAppFolders(
  named: readonly string[],
  context: Pick<CommandContext, 'directory' | 'environment'>,
): Promise<readonly string[]> {
  const { directory, environment } = context
  if (named.length === 0) return [await findAround(context)]
  const paths = named.map((path) => resolve(directory, path))
  for (const path of paths) if (!(await isApp(path, environment))) throw noApp(path)
  return paths
}

/** Like `func`: commands work in every folder of an app. */
async function findAround({
  directory,
  environment,
}: Pick<CommandContext, 'directory' | 'environment'>): Promise<string> {
  for (let folder = directory; ; folder = dirname(folder)) {
    if (await isApp(folder, environment)) return folder
    if (folder === dirname(folder)) throw noApp(directory)
  }
}

function noApp(path: string): UserError {
  if (/\.zip$/i.test(path))
    return new UserError(`There is no file ${path}`, {
      hint: "'aloft pack DIR' makes the zip file of the app in DIR.",
    })
  if (!existsSync(path)) return new UserError(`There is no folder ${path}`)
  return new UserError(`There is no function app in ${path}: host.json is missing`, {
    hint: "'aloft init' makes an app; 'aloft start DIR' runs the one in DIR.",
  })
}
