/** Puts generated files into a project. */
import { access, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { ProjectFile } from './template-tree.ts'

export interface WrittenFile {
  readonly path: string
  readonly outcome: 'written' | 'skipped'
}

/** Writes `files` below `directory`. Files that exist are left alone (`keep`) or replaced (`replace`). */
export async function writeFiles(
  directory: string,
  files: readonly ProjectFile[],
  existing: 'keep' | 'replace',
): Promise<WrittenFile[]> {
  const written: WrittenFile[] = []
  for (const { path, text } of files) {
    const target = join(directory, path)
    if (existing === 'keep' && (await exists(target))) {
      written.push({ path, outcome: 'skipped' })
      continue
    }
    await mkdir(dirname(target), { recursive: true })
    await writeFile(target, text)
    written.push({ path, outcome: 'written' })
  }
  return written
}

export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
