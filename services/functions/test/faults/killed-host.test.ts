/** A host that is killed in the middle of a timer's turn, and the ones that come after it. */
import assert from 'node:assert/strict'
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const program = join(import.meta.dirname, 'host-program.ts')
const library = fileURLToPath(import.meta.resolve('@azure/functions')).replace(/[\\/]dist[\\/].*$/, '')
const minuteMs = 60_000
const midnight = Date.UTC(2026, 0, 1)

/** Notes every run in `runs`, one a line, and hangs while there is a file `hang`. */
const source = `
  const { appendFileSync, existsSync } = require('node:fs')
  const { app } = require('@azure/functions')
  app.timer('hourly', {
    schedule: '0 0 * * * *',
    handler: async (timer) => {
      appendFileSync('runs', JSON.stringify({ isPastDue: timer.isPastDue, last: timer.scheduleStatus.last }) + '\\n')
      while (existsSync('hang')) await new Promise((resolve) => setTimeout(resolve, 5))
    },
  })`

interface Run {
  readonly isPastDue: boolean
  readonly last: string
}

class Folders {
  readonly app: string
  readonly data: string

  private constructor(directory: string) {
    this.app = join(directory, 'app')
    this.data = join(directory, 'data')
  }

  static async make(t: TestContext): Promise<Folders> {
    const directory = await realpath(await mkdtemp(join(tmpdir(), 'aloft-killed-')))
    t.after(() => rm(directory, { recursive: true, force: true, maxRetries: 5 }))
    const folders = new Folders(directory)
    await mkdir(join(folders.app, 'node_modules/@azure'), { recursive: true })
    await symlink(library, join(folders.app, 'node_modules/@azure/functions'), 'junction')
    await writeFile(join(folders.app, 'host.json'), '{"version":"2.0"}')
    await writeFile(join(folders.app, 'package.json'), '{"main":"app.js"}')
    await writeFile(join(folders.app, 'app.js'), source)
    return folders
  }

  async runs(): Promise<Run[]> {
    const text = await readFile(join(this.app, 'runs'), 'utf8').catch(() => '')
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Run)
  }

  async untilRuns(count: number): Promise<void> {
    while ((await this.runs()).length < count) await new Promise((resolve) => setImmediate(resolve))
  }
}

class HostProcess {
  readonly #child: ChildProcess

  private constructor(child: ChildProcess) {
    this.#child = child
  }

  /** @param minutes after midnight */
  static async start(t: TestContext, { app, data }: Folders, minutes: number): Promise<HostProcess> {
    const child = fork(program, [app, data, String(midnight + minutes * minuteMs)], {
      execArgv: ['--disable-warning=ExperimentalWarning'],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    t.after(() => child.kill('SIGKILL'))
    await once(child, 'message')
    return new HostProcess(child)
  }

  /** Lets time go by in that process. */
  async turn(minutes: number): Promise<void> {
    const turned = once(this.#child, 'message')
    this.#child.send(minutes * minuteMs)
    await turned
  }

  async kill(): Promise<void> {
    const exited = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await exited
  }
}

test('a run that a killed host had begun is made up for, once, when its lock has run out', async (t) => {
  const folders = await Folders.make(t)
  await writeFile(join(folders.app, 'hang'), '')
  const first = await HostProcess.start(t, folders, 30)
  await first.turn(30)
  await folders.untilRuns(1)
  await first.kill()
  await rm(join(folders.app, 'hang'))

  const second = await HostProcess.start(t, folders, 60.5)
  assert.equal((await folders.runs()).length, 1)
  await second.turn(2)
  await folders.untilRuns(2)
  await second.turn(10)
  const runs = await folders.runs()
  assert.deepEqual(
    runs.map(({ isPastDue }) => isPastDue),
    [false, true],
  )
  await second.kill()

  // What has run is not run again, whoever comes.
  const third = await HostProcess.start(t, folders, 100)
  await third.turn(10)
  assert.equal((await folders.runs()).length, 2)
  await third.turn(10)
  await folders.untilRuns(3)
  assert.equal((await folders.runs())[2]!.isPastDue, false)
  await third.kill()
})
