/** What a command knows of the world around it; tests hand over their own. */
import type { Clock } from '@aloft/kernel'
import picocolors from 'picocolors'

export type Colors = ReturnType<typeof picocolors.createColors>

/** Where a command writes and asks. */
export interface Terminal {
  /** Whether a person can be asked. */
  readonly isInteractive: boolean
  readonly colors: Colors
  /** Writes to standard output, as it is. */
  write(text: string): void
  /** Writes to standard error, as it is. */
  writeError(text: string): void
  /** One line from the user; undefined when the input has ended. */
  ask(question: string): Promise<string | undefined>
}

export interface CommandContext {
  readonly terminal: Terminal
  readonly clock: Clock
  /** Absolute path that relative ones start from. */
  readonly directory: string
  readonly environment: Readonly<Record<string, string | undefined>>
  /** From the first call on, Ctrl+C and SIGTERM abort this signal instead of ending the process. */
  stopSignal(): AbortSignal
}

/** The process's own terminal. */
export function processTerminal(): Terminal {
  let lines: AsyncIterator<string> | undefined
  return {
    isInteractive: process.stdin.isTTY === true && process.stdout.isTTY === true,
    colors: picocolors.createColors(hasColors(process.env, process.stdout.isTTY === true ? 'tty' : 'pipe')),
    write: (text) => void process.stdout.write(text),
    writeError: (text) => void process.stderr.write(text),
    async ask(question) {
      process.stdout.write(question)
      lines ??= await openLines()
      const { value, done } = await lines.next()
      return done ? undefined : value
    },
  }
}

/** Lines from the keyboard, those typed ahead of the questions, too; ends with Ctrl+C or Ctrl+D. */
async function openLines(): Promise<AsyncIterator<string>> {
  const { createInterface } = await import('node:readline')
  const reader = createInterface({ input: process.stdin, output: process.stdout })
  reader.on('SIGINT', () => reader.close())
  return reader[Symbol.asyncIterator]()
}

/** `NO_COLOR` (https://no-color.org) beats `FORCE_COLOR`, which beats what the output is. */
export function hasColors(
  environment: Readonly<Record<string, string | undefined>>,
  output: 'tty' | 'pipe',
): boolean {
  if (environment.NO_COLOR) return false
  if (environment.FORCE_COLOR && environment.FORCE_COLOR !== '0') return true
  return output === 'tty' && environment.TERM !== 'dumb'
}
