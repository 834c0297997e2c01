/** How many worker processes an app has, what they are started with, and when they are not there. */
import assert from 'node:assert/strict'
import { mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { VirtualClock } from '@aloft/kernel/testing'
import { type AppUnderTest, HostUnderTest } from './app-under-test.ts'

const host = await HostUnderTest.open()
const standbyHost = await HostUnderTest.open({ standbyWorkers: 1 })
const clock = new VirtualClock()
const turnedHost = await HostUnderTest.open({ clock })
after(() => Promise.all([host.close(), standbyHost.close(), turnedHost.close()]))

const files = {
  'package.json': { main: 'app.js' },
  'app.js': `
    const { app } = require('@azure/functions')
    const options = { authLevel: 'anonymous' }
    app.get('process', {
      ...options,
      handler: async (request) => ({
        jsonBody: {
          pid: process.pid,
          startedAt: performance.timeOrigin,
          argv0: process.argv0,
          execArgv: process.execArgv,
          maxHeaderSize: require('node:http').maxHeaderSize,
          environment: process.env,
        },
      }),
    })
    app.hook.appTerminate(() => console.log('ended in order'))`,
}

interface ProcessFacts {
  readonly pid: number
  /** Milliseconds since 1970. */
  readonly startedAt: number
  readonly argv0: string
  readonly execArgv: string[]
  readonly maxHeaderSize: number
  readonly environment: Record<string, string>
}

const factsOf = async (app: AppUnderTest) => (await app.json('process')) as ProcessFacts

test('an app has one process', async () => {
  const app = await host.startApp({ files })
  const pids = await Promise.all(Array.from({ length: 5 }, () => factsOf(app)))
  assert.deepEqual([...new Set(pids.map(({ pid }) => pid))], app.running.workerProcessIds)
})

test('FUNCTIONS_WORKER_PROCESS_COUNT processes take turns, and one that dies is replaced', async () => {
  const app = await host.startApp({ files, settings: { FUNCTIONS_WORKER_PROCESS_COUNT: '2' } })
  await processesStarted(app, 2)
  const answers = [await factsOf(app), await factsOf(app), await factsOf(app), await factsOf(app)]
  const [first, second] = answers.map(({ pid }) => pid)
  assert.notEqual(first, second)
  assert.deepEqual(
    answers.map(({ pid }) => pid),
    [first, second, first, second],
  )
  process.kill(first!, 'SIGKILL')
  await processesStarted(app, 3)
  const after = new Set([(await factsOf(app)).pid, (await factsOf(app)).pid])
  assert.equal(after.size, 2)
  assert.ok(after.has(second!) && !after.has(first!))
})

test('NODE_OPTIONS of the app settings are those of its process', async () => {
  const app = await standbyHost.startApp({
    files,
    settings: { NODE_OPTIONS: '--max-http-header-size=20000' },
  })
  assert.equal((await factsOf(app)).maxHeaderSize, 20_000)
})

test('languageWorkers__node__arguments are arguments of node', async () => {
  const app = await host.startApp({
    files,
    settings: { languageWorkers__node__arguments: '--max-old-space-size=123  --no-deprecation' },
  })
  const { execArgv } = await factsOf(app)
  assert.deepEqual(execArgv.slice(-2), ['--max-old-space-size=123', '--no-deprecation'])
})

test('languageWorkers__node__defaultExecutablePath is the Node.js that runs the app', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'aloft-node-'))
  const node = join(directory, 'my node')
  await symlink(process.execPath, node)
  const app = await host.startApp({ files, settings: { languageWorkers__node__defaultExecutablePath: node } })
  assert.equal((await factsOf(app)).argv0, node)
  const missing = { languageWorkers__node__defaultExecutablePath: join(directory, 'none') }
  await assert.rejects(
    host.startApp({ files, settings: missing }),
    /There is no program at .*none, which languageWorkers__node__defaultExecutablePath names/,
  )
  await rm(directory, { recursive: true })
})

test('a process that waited is given to the app, with the environment of the app and nothing else', async () => {
  // Takes longer to start than the waiting process, and does not take it.
  await standbyHost.startApp({ files, settings: { NODE_OPTIONS: '--no-deprecation' } })
  const startedAt = performance.timeOrigin + performance.now()
  const app = await standbyHost.startApp({ files, settings: { Greeting: 'hello' } })
  const facts = await factsOf(app)
  assert.ok(facts.startedAt < startedAt)
  const other = await factsOf(await host.startApp({ files, settings: { Greeting: 'hello' } }))
  assert.equal(facts.environment.FUNCTIONS_APPLICATION_DIRECTORY, app.rootDirectory)
  assert.match(facts.environment.FUNCTIONS_WORKER_DIRECTORY!, /[\\/]workers[\\/]node$/)
  const own = ['AzureWebJobsScriptRoot', 'FUNCTIONS_APPLICATION_DIRECTORY', 'WEBSITE_HOSTNAME']
  for (const name of own) {
    delete facts.environment[name]
    delete other.environment[name]
  }
  assert.deepEqual(facts.environment, other.environment)
})

test('an idle app has no process, and gets one with the next request', async () => {
  const app = await turnedHost.startApp({ files, start: { idleStopMs: 60_000 } })
  const before = await factsOf(app)
  await clock.advance(59_000)
  assert.deepEqual(app.running.workerProcessIds, [before.pid])
  await clock.advance(1000)
  assert.deepEqual(app.running.workerProcessIds, [])
  await app.log.find('ended in order')
  const woken = await Promise.all(Array.from({ length: 20 }, () => factsOf(app)))
  assert.deepEqual([...new Set(woken.map(({ pid }) => pid))], app.running.workerProcessIds)
  assert.notEqual(woken[0]!.pid, before.pid)
  assert.equal(app.log.all('Language Worker Process exited').length, 0)
})

test('an app that works is not idle', async () => {
  const app = await turnedHost.startApp({ fixture: 'failures', start: { idleStopMs: 60_000 } })
  const hanging = app.fetch('hangs')
  await app.log.find(/^hanging in/)
  await clock.advance(600_000)
  const [pid] = app.running.workerProcessIds
  process.kill(pid!, 'SIGKILL')
  assert.equal((await hanging).status, 500)
})

test('a host that closes while an app starts leaves nothing behind', async () => {
  const closing = await HostUnderTest.open()
  const starting = closing.startApp({ files })
  await closing.host.close(AbortSignal.timeout(5000))
  await assert.rejects(starting, /The host is stopping/)
  await closing.close()
})

/** Resolves when the log has told of `count` processes. */
async function processesStarted(app: AppUnderTest, count: number): Promise<void> {
  const text = 'Worker process started and initialized.'
  await app.log.find((record) => record.message === text && app.log.all(text).length >= count)
}
