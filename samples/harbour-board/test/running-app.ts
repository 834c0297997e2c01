/** Starts the sample as a user would: `aloft start` in a process of its own. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const app = fileURLToPath(new URL('..', import.meta.url))
const cli = fileURLToPath(new URL('../../../apps/cli/src/main.ts', import.meta.url))

export interface RunningApp {
  /** E.g. `http://localhost:12345`. */
  readonly url: string
  /** Everything printed so far. */
  output(): string
  /** Resolves with the match once `pattern` has been printed; rejects when the app ends without it. */
  printed(pattern: RegExp): Promise<RegExpExecArray>
  /** Ctrl+C; resolves with the exit code. */
  interrupt(): Promise<number | null>
  /** Ends it without waiting for what runs. */
  kill(): Promise<unknown>
}

/** Starts the app on a free port, with a tide that never comes by itself. */
export async function startApp(): Promise<RunningApp> {
  const data = await mkdtemp(join(tmpdir(), 'harbour-'))
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
    {
      env: { ...process.env, TIDE_SCHEDULE: '0 0 0 1 1 *', NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  let text = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
      child.emit('printed')
    })
  const ended = once(child, 'close').then(([code]) => {
    child.emit('printed')
    return code as number | null
  })
  void ended.then(() => rm(data, { recursive: true, force: true }))
  const printed = async (pattern: RegExp) => {
    for (;;) {
      const match = pattern.exec(text)
      if (match) return match
      if (child.exitCode !== null) throw new Error(`aloft ended with ${child.exitCode}:\n${text}`)
      await once(child, 'printed')
    }
  }
  const [, url = ''] = await printed(/^\tsite: \[GET\] (http:\/\/localhost:\d+)\/board/m)
  return {
    url,
    output: () => text,
    printed,
    interrupt: () => {
      child.kill('SIGINT')
      return ended
    },
    kill: () => {
      child.kill('SIGKILL')
      return ended
    },
  }
}
