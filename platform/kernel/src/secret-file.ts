/** A secret of the installation in a file of its own, which only its owner reads. */
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { newId } from '@aloft/wire/trace'

/**
 * The file's text; made of `make` when there is no such file. It is written whole before it gets its name, so that of
 * several processes that start at once all use the same secret.
 */
export async function openSecretFile(file: string, make: () => string | Promise<string>): Promise<string> {
  const present = await readIfPresent(file)
  if (present !== undefined) return present
  const text = await make()
  await mkdir(dirname(file), { recursive: true })
  const draft = `${file}.${newId()}`
  await writeFile(draft, text, { mode: 0o600, flag: 'wx' })
  try {
    await link(draft, file)
    return text
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
    return await readFile(file, 'utf8')
  } finally {
    await rm(draft)
  }
}

async function readIfPresent(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code
}
