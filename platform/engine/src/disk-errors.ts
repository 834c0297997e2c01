import { ensureError, UserError } from '@aloft/kernel'
import { StorageFailed } from './errors.ts'

/** What went wrong and how to mend it, by primary result code (https://www.sqlite.org/rescode.html). */
const openProblems: Readonly<Record<number, readonly [problem: string, hint: string]>> = {
  5: ['is locked by another program', 'Close the program that has the file open, e.g. a sqlite3 shell.'],
  8: ['cannot be written to', 'Make the folder and its files writable, or choose another data folder.'],
  10: ['cannot be read or written', 'Check the disk.'],
  11: ['is damaged', 'Restore it from a backup, or move it away to start empty.'],
  13: ['cannot grow: the disk is full', 'Make room on the disk.'],
  14: ['cannot be opened', 'Make the folder and its files writable, or choose another data folder.'],
  23: ['may not be opened', 'Give the user who runs Aloft access to the folder.'],
  26: ['is not a database', 'Restore it from a backup, or move it away to start empty.'],
}

const fileProblems: Readonly<Record<string, readonly [problem: string, hint: string]>> = {
  EACCES: ['cannot be written to', 'Make the folder and its files writable, or choose another data folder.'],
  EPERM: ['cannot be written to', 'Make the folder and its files writable, or choose another data folder.'],
  EROFS: ['is on a read-only file system', 'Choose another data folder.'],
  ENOTDIR: ['is not a folder', 'Choose another data folder.'],
  EEXIST: ['is not a folder', 'Choose another data folder.'],
  ENOSPC: ['cannot grow: the disk is full', 'Make room on the disk.'],
}

/** The error that opening `file` ended in, as one that a user can act on. */
export function explainOpen(error: unknown, file: string): Error {
  const cause = ensureError(error)
  if (cause instanceof UserError) return cause
  const [problem, hint] = problemOf(cause) ?? [`cannot be opened: ${cause.message}`, 'Check the file.']
  return new UserError(`${file} ${problem}`, { location: { file }, hint, cause })
}

/** A failed commit or sync of `file`. */
export function explainWrite(error: unknown, file: string): Error {
  const cause = ensureError(error)
  if (cause instanceof StorageFailed) return cause
  const [, hint] = problemOf(cause) ?? ['', 'Check the disk, then start again.']
  return new StorageFailed(`Could not write to ${file}: ${cause.message}`, hint, cause)
}

function problemOf(error: Error): readonly [problem: string, hint: string] | undefined {
  const { code, errcode } = error as { code?: string; errcode?: number }
  // The upper bytes of an extended result code only add detail.
  if (errcode !== undefined) return openProblems[errcode & 0xff]
  return code === undefined ? undefined : fileProblems[code]
}
