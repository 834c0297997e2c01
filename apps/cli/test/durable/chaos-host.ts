/** The platform as a process of its own, which is killed again and again. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { ChildCli } from '../start/child-cli.ts'

const ready = /^For detailed output, run func with --verbose flag\.$/m
const words = ['start', '--no-storage', '--port', '0']

export interface Answer {
  readonly status: number
  readonly text: string
}

export class ChaosHost {
  readonly #context: TestContext
  readonly #directory: string
  #child!: ChildCli
  #base!: Promise<string>

  /** @param directory of the app */
  constructor(context: TestContext, directory: string) {
    this.#context = context
    this.#directory = directory
    this.#start()
  }

  get isUp(): Promise<unknown> {
    return this.#base
  }

  /** Kills the host, waits for its end, and begins to start the next one. */
  async kill(): Promise<void> {
    process.kill(this.#child.processId, 'SIGKILL')
    await this.#child.exited
    this.#start()
  }

  /** Kills the worker that ran an activity last; false when it is gone already. */
  killWorker(): boolean {
    const last = this.effects().at(-1)?.processId
    try {
      return last !== undefined && process.kill(last, 'SIGKILL')
    } catch {
      return false
    }
  }

  /** Every run of an activity, as far as its line is whole. */
  effects(): { readonly processId: number; readonly key: string }[] {
    let text = ''
    try {
      text = readFileSync(join(this.#directory, 'effects'), 'utf8')
    } catch {
      return []
    }
    return text
      .split('\n')
      .slice(0, -1)
      .map((line) => ({ processId: Number.parseInt(line, 10), key: line.slice(line.indexOf(' ') + 1) }))
  }

  /** Asks the management API until it answers. */
  async ask(path: string, body?: unknown): Promise<Answer> {
    for (;;) {
      const answer = await this.askOnce(path, body)
      if (answer) return answer
    }
  }

  /** Asks the management API; undefined when the answer was lost with the host. */
  async askOnce(path: string, body?: unknown): Promise<Answer | undefined> {
    const base = await this.#base
    const child = this.#child
    try {
      const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }
      const headers = { 'content-type': 'application/json' }
      const response = await fetch(`${base}/runtime/webhooks/durabletask/${path}`, { ...init, headers })
      return { status: response.status, text: await response.text() }
    } catch {
      await child.exited
      return undefined
    }
  }

  async stop(): Promise<void> {
    await this.#child.stop()
  }

  #start(): void {
    const environment = { AzureFunctionsJobHost__logging__logLevel__default: 'Error' }
    const child = new ChildCli(this.#context, words, { directory: this.#directory, environment })
    this.#child = child
    this.#base = child.until(ready).then(() => /https?:\/\/[^/\s]+:\d+(?=\/)/.exec(child.output)![0])
    // Who waits for it is told.
    this.#base.catch(() => {})
  }
}
