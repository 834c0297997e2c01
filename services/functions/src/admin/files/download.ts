/** The app as a zip file. */
import { once } from 'node:events'
import { readdir, readFile, realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Writable } from 'node:stream'
import { ZipWriter } from '@aloft/kernel'
import { isVisible } from './app-folder.ts'

/** Secrets, unless they are asked for. */
const localSettings = 'local.settings.json'

/** Writes all files below `root`, ascending by name; links are followed. Ends `output`. Rejects when it closes before. */
export async function writeAppZip(
  root: string,
  output: Writable,
  settings: 'with' | 'without',
): Promise<void> {
  const zip = new ZipWriter(async (bytes) => {
    if (output.destroyed) throw new Error('The client has left.')
    if (!output.write(bytes)) await Promise.race([once(output, 'drain'), once(output, 'close')])
  })
  for await (const { path, name, kind } of filesBelow(root, root, '', [])) {
    if (name === localSettings && settings === 'without') continue
    await zip.add(name, await readFile(path), kind)
  }
  await zip.end()
  output.end()
}

interface ZippedFile {
  readonly path: string
  /** Relative to the app, with `/`. */
  readonly name: string
  readonly kind: 'file' | 'executable'
}

/** @param parents real paths of the folders above: a link to one of them would never end */
async function* filesBelow(
  root: string,
  folder: string,
  prefix: string,
  parents: readonly string[],
): AsyncGenerator<ZippedFile> {
  const real = await realpath(folder)
  if (parents.includes(real)) return
  for (const entry of (await readdir(folder)).sort()) {
    const path = join(folder, entry)
    if (!isVisible(root, path)) continue
    // A link that leads nowhere has nothing to send.
    const about = await stat(path).catch(() => undefined)
    const name = `${prefix}${entry}`
    if (about?.isDirectory()) yield* filesBelow(root, path, `${name}/`, [...parents, real])
    else if (about?.isFile()) yield { path, name, kind: about.mode & 0o100 ? 'executable' : 'file' }
  }
}
