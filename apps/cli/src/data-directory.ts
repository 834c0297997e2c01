/** Where the state of local runs is kept: `.aloft` beside the app, unless the user says otherwise. */
import { resolve } from 'node:path'
import type { CommandContext } from './terminal.ts'

/** The option that every command with state has. */
export const dataOption = {
  kind: 'text',
  value: 'DIR',
  summary: "Folder for state (default: .aloft in the app's folder)",
} as const

/** Absolute path of the data folder of the app in `appDirectory`. */
export function dataDirectory(
  given: string | undefined,
  appDirectory: string,
  { directory }: Pick<CommandContext, 'directory'>,
): string {
  return given === undefined ? resolve(appDirectory, '.aloft') : resolve(directory, given)
}
