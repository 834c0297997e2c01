import { chmod, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'

/** Removes a folder with all that is in it, read-only or not. Does nothing when there is none. */
export async function removeTree(folder: string): Promise<void> {
  await makeWritable(folder)
  await rm(folder, { recursive: true, force: true })
}

/** What is in a read-only folder can be removed only by the system's owner. */
async function makeWritable(folder: string): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  if (entries.length === 0) return
  await chmod(folder, 0o755)
  for (const entry of entries) if (entry.isDirectory()) await makeWritable(join(folder, entry.name))
}
