/** A PostgreSQL server of one benchmark's own: a fresh cluster in a temporary folder, ended with the benchmark. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, globSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { bindToThisProcess } from './child-processes.ts'
import { type ProcessFacts, processTree } from './processes.ts'
import { accepts, freePort } from './server-process.ts'

const answerTimeoutMs = 20_000

/** The folder of PostgreSQL's programs; undefined when none is installed. */
export function postgresPrograms(): string | undefined {
  const debian = globSync('/usr/lib/postgresql/*/bin').sort().reverse()
  return [...debian, ...(process.env.PATH ?? '').split(':')].find((folder) =>
    ['initdb', 'postgres'].every((program) => existsSync(join(folder, program))),
  )
}

export class PostgresServer implements AsyncDisposable {
  readonly port: number
  readonly #child: ChildProcess
  readonly #directory: string

  private constructor(child: ChildProcess, port: number, directory: string) {
    this.#child = child
    this.port = port
    this.#directory = directory
  }

  /** Durable commits on, as PostgreSQL comes. Everybody on this machine may connect as `postgres`. */
  static async start(programs: string): Promise<PostgresServer> {
    const directory = mkdtempSync(join(tmpdir(), 'aloft-bench-postgres-'))
    const data = join(directory, 'data')
    const user = unprivilegedUser()
    if (user) chownSync(directory, user.uid, user.gid)
    execFileSync(join(programs, 'initdb'), ['-D', data, '-A', 'trust', '-U', 'postgres'], {
      ...user,
      stdio: 'ignore',
    })
    const port = await freePort()
    const args = ['-D', data, '-p', String(port), '-k', directory, '-c', 'listen_addresses=127.0.0.1']
    const child = spawn(join(programs, 'postgres'), args, { ...user, stdio: 'ignore' })
    bindToThisProcess(child)
    const server = new PostgresServer(child, port, directory)
    await server.#answers()
    return server
  }

  processes(): readonly ProcessFacts[] {
    return processTree(this.#child.pid ?? -1)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // A fast shutdown: it does not wait for clients.
    this.#child.kill('SIGINT')
    if (this.#child.exitCode === null) await once(this.#child, 'close')
    rmSync(this.#directory, { recursive: true, force: true })
  }

  async #answers(): Promise<void> {
    const startMs = performance.now()
    while (!(await accepts(this.port))) {
      if (performance.now() - startMs > answerTimeoutMs) throw new Error('PostgreSQL did not start')
      await sleep(50)
    }
  }
}

/** PostgreSQL refuses to run as root; its packages make a user for it. */
function unprivilegedUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const idOf = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))
  return { uid: idOf('-u'), gid: idOf('-g') }
}
