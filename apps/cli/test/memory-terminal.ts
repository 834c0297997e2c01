/** A terminal that keeps what is written to it, and answers questions from a list. */
import { tmpdir } from 'node:os'
import { VirtualClock } from '@aloft/kernel/testing'
import picocolors from 'picocolors'
import { type CommandContext, runCli } from '../src/index.ts'

export interface CliResult {
  readonly exitCode: number
  readonly output: string
  readonly errors: string
}

export interface CliOptions {
  readonly directory?: string
  readonly environment?: Readonly<Record<string, string | undefined>>
  /** Answers of a person at the terminal; absent = nobody is there. */
  readonly answers?: readonly string[]
}

/** Runs `aloft <words>` in this process. */
export async function cli(words: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  let output = ''
  let errors = ''
  const answers = [...(options.answers ?? [])]
  const context: CommandContext = {
    terminal: {
      isInteractive: options.answers !== undefined,
      colors: picocolors.createColors(false),
      write: (text) => {
        output += text
      },
      writeError: (text) => {
        errors += text
      },
      ask: async (question) => {
        output += question
        return answers.shift()
      },
    },
    clock: new VirtualClock(),
    directory: options.directory ?? tmpdir(),
    environment: options.environment ?? {},
    stopSignal: () => new AbortController().signal,
  }
  const exitCode = await runCli(words, context)
  return { exitCode, output, errors }
}
