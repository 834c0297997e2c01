import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { temporaryDirectory } from '../temporary-directory.ts'

const packages = fileURLToPath(new URL('../../../../node_modules', import.meta.url))

const basics = {
  'host.json': '{"version":"2.0"}',
  'local.settings.json': '{"IsEncrypted":false,"Values":{"FUNCTIONS_WORKER_RUNTIME":"node"}}',
  'package.json': '{"name":"app","main":"src/*.js"}',
}

/** A new app of these files and the usual ones, with the real library; it goes when the test ends. */
export async function appFolder(
  context: TestContext,
  files: Readonly<Record<string, string>>,
): Promise<string> {
  const directory = await temporaryDirectory(context)
  await linkPackages(directory)
  await writeFiles(directory, { ...basics, ...files })
  return directory
}

/** Files by their path in the folder. */
export async function writeFiles(directory: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, path)), { recursive: true })
    await writeFile(join(directory, path), text)
  }
}

/** What `npm install` would do, from the packages that are here. */
export async function linkPackages(directory: string): Promise<void> {
  await symlink(packages, join(directory, 'node_modules'))
}
