/** Starts a sample as a user would: `aloft start` in a process of its own. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const cli = fileURLToPath(new URL('../apps/cli/src/main.ts', import.meta.url))

export interface RunningSample {
  /** E.g. `http://localhost:12345`. */
  readonly url: string
  /** Connection string of the storage beside the app. */
  readonly storageConnection: string
  /** Everything printed so far. */
  output(): string
  /** Resolves with the match once `pattern` has been printed; rejects when the app ends without it. */
  printed(pattern: RegExp): Promise<RegExpExecArray>
  /** Ctrl+C; resolves with the exit code. */
  stop(): Promise<number | null>
  /** Ends it without waiting for what runs. */
  kill(): Promise<number | null>
}

/** Starts the app in `directory` on a free port, with more environment. */
export async function runSample(
  directory: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<RunningSample> {
  const data = await mkdtemp(join(tmpdir(), 'aloft-sample-'))
  const child = spawn(
    process.execPath,
    [
      ...['--disable-warning=ExperimentalWarning', cli, 'start', directory],
      ...['--port', '0', '--data', data, '--storage-ports', '0,0,0'],
    ],
    { env: { ...process.env, ...environment, NO_COLOR: '1' }, stdio: ['ignore', 'pipe', 'pipe'] },
  )
  let text = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
      child.emit('printed')
    })
  const ended = once(child, 'close').then(async ([code]) => {
    child.emit('printed')
    await rm(data, { recursive: true, force: true })
    return code as number | null
  })
  const printed = async (pattern: RegExp) => {
    for (;;) {
      const match = pattern.exec(text)
      if (match) return match
      if (child.exitCode !== null) throw new Error(`aloft ended with ${child.exitCode}:\n${text}`)
      await once(child, 'printed')
    }
  }
  const [, url = ''] = await printed(/^\t\w+: \[[A-Z,]+\] (http:\/\/localhost:\d+)\//m)
  const [, blob = '', queue = '', table = ''] = await printed(
    /^Storage: http:\/\/127\.0\.0\.1:(\d+) \(Blob\), :(\d+) \(Queue\), :(\d+) \(Table\)$/m,
  )
  return {
    url,
    storageConnection: connectionString({ Blob: blob, Queue: queue, Table: table }),
    output: () => text,
    printed,
    stop() {
      child.kill('SIGINT')
      return ended
    },
    kill() {
      child.kill('SIGKILL')
      return ended
    },
  }
}

/** Of the well-known account of Azure's emulators. */
function connectionString(ports: Readonly<Record<string, string>>): string {
  const account = 'devstoreaccount1'
  const key = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=='
  const endpoints = Object.entries(ports).map(
    ([service, port]) => `${service}Endpoint=http://127.0.0.1:${port}/${account};`,
  )
  return `DefaultEndpointsProtocol=http;AccountName=${account};AccountKey=${key};${endpoints.join('')}`
}

/** Why a test of a sample has to be skipped: the programs that it needs and that are not there; false = none. */
export function missing(...programs: readonly string[]): string | false {
  const absent = programs.filter((program) => spawnSync(program, ['--version']).status !== 0)
  return absent.length > 0 && `not installed: ${absent.join(', ')}`
}
