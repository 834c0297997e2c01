/** Custom handlers in the hands of the pool: output, deaths, limits, several at a time, the end. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, type TestContext, test } from 'node:test'
import { type Clock, sleepOn, systemClock } from '@aloft/kernel'
import { type AppUnderTest, HostUnderTest } from '../contract/app-under-test.ts'
import { type HandlerApp, handlerFile, http, startHandlerApp } from './handler-app.ts'

const host = await HostUnderTest.open()
after(() => host.close())

const functions = Object.fromEntries(
  ['about', 'crash', 'hang', 'later', 'together', 'reset'].map((name) => [name, http()]),
)
const start = (app: Partial<HandlerApp> = {}, on = host) => startHandlerApp(on, { functions, ...app })

const pidOf = (app: AppUnderTest): number => app.running.workerProcessIds[0] ?? 0
const statusOf = async (app: AppUnderTest, name: string) => (await app.fetch(name)).status
const failureOf = async (app: AppUnderTest, name: string) =>
  (await app.log.find(`Executed 'Functions.${name}' (Failed`)).error?.message

/** Resolves when the handler's pid is another one, and it can be used. */
async function replaced(app: AppUnderTest, before: number): Promise<number> {
  const started = 'Worker process started and initialized.'
  await app.log.find(({ message }) => message === started && ![0, before].includes(pidOf(app)))
  return pidOf(app)
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

test('what it prints is in the log: errors are what stands on stderr', async () => {
  const app = await start()
  const line = await app.log.find('listening')
  assert.deepEqual([line.level, line.category], ['information', 'Host.Function.Console'])
  assert.equal(await statusOf(app, 'crash'), 500)
  assert.equal((await app.log.find('fatal: cannot go on')).level, 'error')
})

test('a handler that dies fails what it had in hand, and another one takes over', async () => {
  const app = await start()
  const pid = pidOf(app)
  const hanging = statusOf(app, 'hang')
  await app.log.find('hangs')
  assert.equal(await statusOf(app, 'crash'), 500)
  assert.equal(await hanging, 500)
  for (const name of ['crash', 'hang'])
    assert.equal(await failureOf(app, name), `The worker process ${pid} exited with code 3`)
  await app.log.find(`Language Worker Process exited. Pid=${pid}. It ended with code 3.`)
  assert.equal(await statusOf(app, 'about'), 200)
  assert.notEqual(pidOf(app), pid)
})

test('a handler that is killed while it does nothing is replaced', async () => {
  const app = await start()
  const pid = pidOf(app)
  process.kill(pid, 'SIGKILL')
  await replaced(app, pid)
  assert.equal(await statusOf(app, 'about'), 200)
})

test('a closed connection fails the invocation alone', async () => {
  const app = await start()
  const pid = pidOf(app)
  assert.equal(await statusOf(app, 'reset'), 500)
  assert.match(
    (await failureOf(app, 'reset')) ?? '',
    /^The request to the custom handler failed: socket hang up$/,
  )
  assert.equal(await statusOf(app, 'about'), 200)
  assert.equal(pidOf(app), pid)
})

test('invocations run side by side in one process', async () => {
  const app = await start()
  const answers = await Promise.all(Array.from({ length: 20 }, () => app.fetch('together?count=20')))
  assert.deepEqual(await Promise.all(answers.map((answer) => answer.text())), Array(20).fill('20'))
})

test('several processes have a port each', async () => {
  const app = await start({ settings: { FUNCTIONS_WORKER_PROCESS_COUNT: '2' } })
  const ports = async () => {
    const { env } = (await app.json('about')) as { env: Record<string, string> }
    return env.FUNCTIONS_CUSTOMHANDLER_PORT
  }
  await app.log.find(() => app.running.workerProcessIds.length === 2)
  assert.equal(new Set([await ports(), await ports()]).size, 2)
})

test('the health of the app is that its handler answers', async () => {
  const app = await start()
  await app.running.checkHealth()
})

test('an app without work stops its handler, and starts it for the next request', async () => {
  const app = await start({ start: { idleStopMs: 20 } })
  const first = await answering(app)
  await until(() => app.running.workerProcessIds.length === 0)
  assert.notEqual(await answering(app), first)
  assert.deepEqual(app.log.all('Language Worker Process exited'), [])
})

test('a reload lets the old handler finish, and gives new requests to the new one', async () => {
  const app = await start()
  const pid = pidOf(app)
  const waiting = app.fetch('later')
  await app.log.find('later')
  await app.running.restart()
  const { pid: next } = (await app.json('about')) as { pid: number }
  assert.notEqual(next, pid)
  process.kill(pid, 'SIGUSR2')
  assert.equal(await (await waiting).text(), String(pid))
})

/** A host whose clock runs faster than the system's. */
async function startHurried(t: TestContext, app: Partial<HandlerApp>): Promise<AppUnderTest> {
  const hurried = await HostUnderTest.open({ clock: hasty(20) })
  t.after(() => hurried.close())
  // For the start alone time is not to run short.
  return start({ handler: { initializationTimeout: '00:10:00' }, ...app }, hurried)
}

function hasty(times: number): Clock {
  const clock: Clock = {
    now: () => systemClock.now(),
    elapsed: () => systemClock.elapsed() * times,
    after: (delayMs, action) => systemClock.after(delayMs / times, action),
    every: (periodMs, action) => systemClock.every(periodMs / times, action),
    sleep: (delayMs, signal) => sleepOn(clock, delayMs, signal),
  }
  return clock
}

test('a function that runs too long fails, and its handler is replaced', async (t) => {
  const app = await startHurried(t, { host: { functionTimeout: '00:00:05' } })
  const pid = pidOf(app)
  assert.equal(await statusOf(app, 'hang'), 500)
  await app.log.find(/^Timeout value of 00:00:05 exceeded by function 'Functions\.hang'/)
  assert.equal(
    await failureOf(app, 'hang'),
    `The worker process ${pid} was stopped: the function 'hang' ran longer than 00:00:05`,
  )
  await replaced(app, pid)
  assert.equal(isAlive(pid), false)
})

test('a handler that does not want to end is ended after its grace', async (t) => {
  const app = await startHurried(t, { arguments: ['--stubborn'] })
  const pid = pidOf(app)
  await app.close()
  assert.equal(isAlive(pid), false)
})

const startWithChild = () => start({ arguments: ['--child'] })

/** The process that answers. */
const answering = async (app: AppUnderTest) => ((await app.json('about')) as { pid: number }).pid

/** Resolves when the process has ended, be it that nobody has looked at its end yet. */
function gone(pid: number): Promise<void> {
  return until(() => !isAlive(pid) || isZombie(pid))
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleepOn(systemClock, 5)
}

function isZombie(pid: number): boolean {
  try {
    return /\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false // Other systems do not keep them.
  }
}

test('what the handler has started ends with it', async () => {
  const app = await startWithChild()
  const child = await answering(app)
  assert.notEqual(child, pidOf(app))
  await app.close()
  await gone(child)
})

test('what a handler has started does not live on beside its replacement', async () => {
  const app = await startWithChild()
  const child = await answering(app)
  const pid = pidOf(app)
  process.kill(pid, 'SIGKILL')
  await replaced(app, pid)
  await gone(child)
  assert.notEqual(await answering(app), child)
})

test('a host that is killed takes its handlers along', async () => {
  const module = join(import.meta.dirname, '../../src/worker/custom-process.ts')
  const code = `
    import { systemClock } from '@aloft/kernel'
    import { CustomProcess } from ${JSON.stringify(module)}
    const command = { file: process.execPath, arguments: [${JSON.stringify(handlerFile)}],
      directory: process.cwd(), environment: { FUNCTIONS_CUSTOMHANDLER_PORT: '0' } }
    const handler = new CustomProcess(command, systemClock, () => console.log(handler.id))`
  const host = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', code],
    {
      cwd: import.meta.dirname,
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  const { value } = await createInterface(host.stdout)[Symbol.asyncIterator]().next()
  assert.equal(isAlive(Number(value)), true)
  host.kill('SIGKILL')
  await once(host, 'exit')
  await gone(Number(value))
})

test('on a fixed port the next generation waits for the end of the last, and requests for the next', async () => {
  const port = await unusedPort()
  const app = await start({ handler: { port } })
  const pid = pidOf(app)
  const restarted = app.running.restart()
  const { pid: next, env } = (await app.json('about')) as { pid: number; env: Record<string, string> }
  await restarted
  assert.equal(env.FUNCTIONS_CUSTOMHANDLER_PORT, String(port))
  assert.ok(next === pid || next === pidOf(app))
  assert.notEqual(pidOf(app), pid)
  assert.equal(await statusOf(app, 'about'), 200)
})

test('an app on a fixed port that does not come again is down, until its files are mended', async () => {
  const app = await start({ handler: { port: await unusedPort() } })
  const handler = await readFile(join(app.rootDirectory, 'handler.mjs'), 'utf8')
  await app.write('handler.mjs', 'process.exit(4)')
  await app.running.restart()
  assert.equal(app.running.state, 'Error')
  await app.log.find('The app is down until the files are mended.')
  const waiting = statusOf(app, 'about')
  await app.write('handler.mjs', handler)
  await app.running.restart()
  assert.equal(await waiting, 200)
})

async function unusedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  return port
}
