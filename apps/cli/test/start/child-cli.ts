/** Runs the real command in a process of its own, as a user at a shell would. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

export interface ChildOptions {
  readonly directory: string
  readonly environment?: Readonly<Record<string, string>>
}

/** A running `aloft`; ended when the test ends. */
export class ChildCli {
  readonly #child: ChildProcess
  readonly #waiting = new Set<() => void>()
  output = ''
  errors = ''
  readonly exited: Promise<number | null>

  constructor(context: TestContext, words: readonly string[], { directory, environment }: ChildOptions) {
    const { CI: _, ...inherited } = process.env
    this.#child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main, ...words], {
      cwd: directory,
      env: { ...inherited, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      this.output += text
      this.#wake()
    })
    this.#child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.errors += text
    })
    this.exited = once(this.#child, 'close').then(([code]) => code as number | null)
    void this.exited.then(() => this.#wake())
    context.after(() => this.stop())
  }

  /** Resolves with the match once `pattern` is in the output; rejects when the process ends without it. */
  async until(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.output)
      if (match) return match
      if (this.#child.exitCode !== null)
        throw new Error(
          `aloft ended with ${this.#child.exitCode}, no ${pattern} in:\n${this.output}${this.errors}`,
        )
      await new Promise<void>((wake) => this.#waiting.add(wake))
    }
  }

  /** The process id of the host. */
  get processId(): number {
    return this.#child.pid!
  }

  /** Ctrl+C; resolves with the exit code. */
  stop(): Promise<number | null> {
    this.#child.kill('SIGINT')
    return this.exited
  }

  #wake(): void {
    for (const wake of this.#waiting) wake()
    this.#waiting.clear()
  }
}
