/** Zip files as folders: each is unpacked once, into a folder that has the digest of its bytes as its name. */
import { createHash } from 'node:crypto'
import type { BigIntStats } from 'node:fs'
import { type FileHandle, mkdir, open, readdir, rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { newId } from '@aloft/kernel'
import { type PackageLimits, packageLimits } from './limits.ts'
import { removeTree } from './remove-tree.ts'
import { unpackZip } from './unpack-zip.ts'

/** How many bytes of the file are looked at at once. */
const chunkBytes = 2 ** 20
/** Enough of the digest that no two files have the same. */
const nameLength = 32

/**
 * The folder, below `directory`, of what the zip file holds: an app, read-only.
 * @throws Error that says what is wrong with the file
 */
export async function openPackage(
  file: string,
  directory: string,
  limits: PackageLimits = packageLimits,
): Promise<string> {
  const handle = await open(file).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ENOENT' ? new Error('there is no such file') : error
  })
  try {
    const before = await handle.stat({ bigint: true })
    if (!before.isFile()) throw new Error('it is no file')
    if (before.size > limits.maxPackageBytes)
      throw new Error(`it has ${before.size} bytes; ${limits.maxPackageBytes} are allowed`)
    const folder = join(directory, await digestOf(handle))
    if (await isFolder(folder)) return folder
    return await unpackAs(folder, handle, before, directory, limits)
  } finally {
    await handle.close()
  }
}

async function unpackAs(
  folder: string,
  handle: FileHandle,
  before: BigIntStats,
  directory: string,
  limits: PackageLimits,
): Promise<string> {
  const draft = join(directory, `${newId()}.part`)
  await mkdir(draft, { recursive: true })
  try {
    await unpackZip(handle.fd, draft, limits)
    await checkIsApp(draft)
    const after = await handle.stat({ bigint: true })
    if (after.mtimeNs !== before.mtimeNs || after.size !== before.size)
      throw new Error('it was written while it was read')
    await rename(draft, folder)
  } catch (error) {
    await removeTree(draft)
    // Somebody else has unpacked the same file meanwhile.
    if (await isFolder(folder)) return folder
    throw error
  }
  return folder
}

async function digestOf(handle: FileHandle): Promise<string> {
  const digest = createHash('sha256')
  const chunk = Buffer.allocUnsafe(chunkBytes)
  for (let position = 0; ; ) {
    const { bytesRead } = await handle.read(chunk, 0, chunkBytes, position)
    if (bytesRead === 0) return digest.digest('hex').slice(0, nameLength)
    digest.update(chunk.subarray(0, bytesRead))
    position += bytesRead
  }
}

async function checkIsApp(root: string): Promise<void> {
  const entries = await readdir(root, { withFileTypes: true })
  if (entries.some(({ name }) => name === 'host.json')) return
  const folder = entries.length === 1 ? entries.find((entry) => entry.isDirectory()) : undefined
  const mend = folder ? `. Zip what is in the folder '${folder.name}', not the folder` : ''
  throw new Error(`host.json is not at its top${mend}`)
}

function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
}
