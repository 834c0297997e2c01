/** Starts the sample as a user would: `aloft start` in a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const app = fileURLToPath(new URL('..', import.meta.url))
const cli = fileURLToPath(new URL('../../../apps/cli/src/main.ts', import.meta.url))

export interface RunningApp extends AsyncDisposable {
  /** E.g. `http://localhost:12345`. */
  readonly url: string
  /** Everything printed so far. */
  output(): string
}

/** Starts the app on a free port. @param settings win over local.settings.json */
export async function startApp(settings: Readonly<Record<string, string>>): Promise<RunningApp> {
  const data = await mkdtemp(join(tmpdir(), 'facade-'))
  const child = spawn(
    process.execPath,
    [
      '--disable-warning=ExperimentalWarning',
      cli,
      'start',
      app,
      '--no-storage',
      '--port',
      '0',
      '--data',
      data,
    ],
    { env: { ...process.env, ...settings, NO_COLOR: '1' }, stdio: ['ignore', 'pipe', 'pipe'] },
  )
  const exited = once(child, 'exit')
  const lines: string[] = []
  return {
    url: await listeningUrl(child, lines, exited),
    output: () => lines.join('\n'),
    async [Symbol.asyncDispose]() {
      child.kill('SIGINT')
      await exited
      await rm(data, { recursive: true, force: true })
    },
  }
}

/** The address in the line of the proxy `titles`. */
function listeningUrl(child: ChildProcess, lines: string[], exited: Promise<unknown>): Promise<string> {
  createInterface({ input: child.stderr! }).on('line', (line) => lines.push(line))
  const found = new Promise<string>((resolve) => {
    createInterface({ input: child.stdout! }).on('line', (line) => {
      lines.push(line)
      const match = /^\ttitles: (http:\/\/localhost:\d+)\/titles/.exec(line)
      if (match) resolve(match[1]!)
    })
  })
  const failed = exited.then(() => {
    throw new Error(`aloft ended:\n${lines.join('\n')}`)
  })
  return Promise.race([found, failed])
}
