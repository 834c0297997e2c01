/** Many apps in folders of their own, and the process that hosts them (hosting.ts). */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bindToThisProcess } from './child-processes.ts'
import type { HostingReport } from './hosting.ts'
import { type ProcessFacts, processTree } from './processes.ts'
import { helloApp } from './servers.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const program = fileURLToPath(new URL('./hosting.ts', import.meta.url))

/** Folders of apps and of the host's state; gone when this process ends. */
export interface AppFolders {
  readonly apps: string
  readonly data: string
  readonly names: readonly string[]
}

/** So many copies of the hello app; its packages are those of the checkout. */
export function makeApps(count: number): AppFolders {
  const directory = mkdtempSync(join(tmpdir(), 'aloft-many-'))
  process.on('exit', () => rmSync(directory, { recursive: true, force: true, maxRetries: 5 }))
  const apps = join(directory, 'apps')
  const names = Array.from({ length: count }, (_, index) => `app-${index + 1}`)
  for (const name of names) {
    cpSync(helloApp, join(apps, name), { recursive: true })
    symlinkSync(join(root, 'node_modules'), join(apps, name, 'node_modules'), 'junction')
  }
  return { apps, data: join(directory, 'data'), names }
}

/** A process that hosts all apps, from its start until it is disposed of. */
export class Hosting implements AsyncDisposable {
  readonly report: HostingReport
  readonly #child: ChildProcess

  private constructor(child: ChildProcess, report: HostingReport) {
    this.#child = child
    this.report = report
  }

  /** Resolves when every app is hosted. */
  static async start({ apps, data }: AppFolders): Promise<Hosting> {
    const child = fork(program, [apps, data], {
      execArgv: ['--expose-gc', '--disable-warning=ExperimentalWarning'],
      // As the `aloft` script starts it.
      env: { ...process.env, NODE_COMPILE_CACHE: join(root, 'node_modules/.cache/compile') },
    })
    bindToThisProcess(child)
    const ended = once(child, 'exit').then(() => {
      throw new Error('The host ended before its apps were hosted')
    })
    const [report] = await Promise.race([once(child, 'message') as Promise<[HostingReport]>, ended])
    ended.catch(() => {})
    return new Hosting(child, report)
  }

  /** The host first, then its workers. */
  processes(): readonly ProcessFacts[] {
    return processTree(this.#child.pid ?? -1)
  }

  /** Milliseconds from asking an app to the end of its answer, over a connection of its own. */
  async ask(app: string): Promise<number> {
    const startMs = performance.now()
    const headers = { host: `${app}.localhost` }
    const options = { host: '127.0.0.1', port: this.report.port, path: '/api/hello', headers, agent: false }
    const status = await new Promise<number | undefined>((resolve, reject) => {
      request(options, (response) => {
        response.resume().on('end', () => resolve(response.statusCode))
      })
        .on('error', reject)
        .end()
    })
    if (status !== 200) throw new Error(`${app} answered with ${status}`)
    return performance.now() - startMs
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const exited = once(this.#child, 'exit')
    this.#child.kill('SIGTERM')
    await exited
  }
}
