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

export interface RunningApp {
  /** E.g. `http://localhost:12345`. */
  readonly url: string
  /** Everything printed so far. */
  output(): string
  /** Ctrl+C; resolves with the exit code. */
  interrupt(): Promise<number | null>
}

/** Starts the app on a free port, with a tide that never comes by itself. */
export async function startApp(): Promise<RunningApp> {
  const data = await mkdtemp(join(tmpdir(), 'harbour-'))
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', cli, 'start', app, '--port', '0', '--data', data],
    {
      env: { ...process.env, TIDE_SCHEDULE: '0 0 0 1 1 *', NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  const lines: string[] = []
  const exited = once(child, 'exit').then(([code]) => code as number | null)
  void exited.then(() => rm(data, { recursive: true, force: true }))
  return {
    url: await listeningUrl(child, lines, exited),
    output: () => lines.join('\n'),
    interrupt: () => {
      child.kill('SIGINT')
      return exited
    },
  }
}

/** The address in the line of the function `site`. */
async function listeningUrl(child: ChildProcess, lines: string[], exited: Promise<unknown>): Promise<string> {
  const errors = createInterface({ input: child.stderr! })
  errors.on('line', (line) => lines.push(line))
  const found = new Promise<string>((resolve) => {
    createInterface({ input: child.stdout! }).on('line', (line) => {
      lines.push(line)
      const match = /^\tsite: \[GET\] (http:\/\/localhost:\d+)\/board/.exec(line)
      if (match) resolve(match[1]!)
    })
  })
  const failed = exited.then((code) => {
    throw new Error(`aloft ended with ${code}:\n${lines.join('\n')}`)
  })
  return Promise.race([found, failed])
}
