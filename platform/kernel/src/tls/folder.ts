/** The files of the authority: written whole or not at all, and errors that say how to mend them. */
import { access, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { randomHex } from '@aloft/wire/trace'
import { UserError } from '../errors.ts'

/** Readable by its owner only. */
export const privateMode = 0o600
export const publicMode = 0o644

export interface FileContent {
  readonly text: string
  readonly mode: number
}

/**
 * Makes `folder` with `files` unless it is there. It appears with all of its files at once: when two processes
 * start together, one makes it and both use it.
 */
export async function ensureFolder(
  folder: string,
  makeFiles: () => Readonly<Record<string, FileContent>>,
): Promise<void> {
  if (await exists(folder)) return
  await explained(folder, 'write', async () => {
    await mkdir(dirname(folder), { recursive: true })
    const draft = await mkdtemp(`${folder}-`)
    try {
      for (const [name, { text, mode }] of Object.entries(makeFiles()))
        await writeFile(join(draft, name), text, { mode })
      await rename(draft, folder)
    } catch (error) {
      await rm(draft, { recursive: true, force: true })
      // Somebody else was faster.
      if (!(await exists(folder))) throw error
    }
  })
}

/** The file's text; undefined when there is no such file. */
export async function readIfPresent(path: string): Promise<string | undefined> {
  return explained(path, 'read', async () => {
    try {
      return await readFile(path, 'utf8')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw error
    }
  })
}

/** Replaces a file in one step, so that no reader sees half of it. */
export async function replaceFile(path: string, { text, mode }: FileContent): Promise<void> {
  await explained(path, 'write', async () => {
    const draft = `${path}.${randomHex(4)}`
    try {
      await writeFile(draft, text, { mode })
      await rename(draft, path)
    } catch (error) {
      await rm(draft, { force: true })
      throw error
    }
  })
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

async function explained<Result>(
  path: string,
  verb: 'read' | 'write',
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    throw new UserError(`Cannot ${verb} ${path}: ${reasonOf(error as NodeJS.ErrnoException)}.`, {
      hint: 'TLS needs this folder. Give the user who runs Aloft access to it, or choose another with --data.',
      cause: error,
    })
  }
}

function reasonOf(error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case 'EACCES':
    case 'EPERM':
      return 'access is denied'
    case 'EROFS':
      return 'the file system is read-only'
    case 'ENOSPC':
      return 'the disk is full'
    case 'ENOTDIR':
    case 'EEXIST':
      return 'a file is in the way of a folder'
    default:
      return error.message
  }
}
