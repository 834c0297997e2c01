/** Worker processes that end while they run functions: what was in hand fails, the host and the next request do not. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { type AppUnderTest, HostUnderTest } from './app-under-test.ts'

const host = await HostUnderTest.open()
after(() => host.close())
const start = (settings: Record<string, string> = {}) => host.startApp({ fixture: 'failures', settings })
const app = await start()

const hello = async (of: AppUnderTest = app) => {
  const response = await of.fetch('hello')
  assert.equal(response.status, 200)
  return Number(await response.text())
}

/** What a function may do to its process, and what the log says then. */
const ends: readonly (readonly [how: string, said: string, logged: RegExp])[] = [
  ['exit', 'process.exit', /Language Worker Process exited\. Pid=\d+\. It ended with code 3\./],
  ['exitWell', 'process.exit(0)', /It ended with code 0\./],
  ['uncaught', 'an uncaught exception', /Worker uncaught exception.*: Error: thrown where nobody catches/],
  [
    'unhandled',
    'an unhandled rejection',
    /Worker uncaught exception.*: Error: rejected where nobody listens/,
  ],
  ['abort', 'process.abort', /It ended with signal SIGABRT\./],
  ['pipe', 'bytes in the pipe to the host', /broke the protocol/],
]
for (const [how, said, logged] of ends) {
  test(`${said} is 500 for what runs, and the next request is answered by a new process`, async () => {
    const before = await hello()
    const [died, other] = await Promise.all([app.fetch(`dies/${how}`), app.fetch('hangs')])
    assert.deepEqual([died.status, await died.text(), other.status], [500, '', 500])
    assert.notEqual(await hello(), before)
    await app.log.find(({ message, error }) => logged.test(message) || logged.test(error?.message ?? ''))
  })
}

test('a process that is killed is replaced', async () => {
  const before = await hello()
  const hanging = app.fetch('hangs')
  await app.log.find(`hanging in ${before}`)
  process.kill(before, 'SIGKILL')
  assert.equal((await hanging).status, 500)
  assert.notEqual(await hello(), before)
  await app.log.find(/Executed 'Functions.hangs' \(Failed.*/)
})

test('the failed invocation names its process and how it ended', async () => {
  const before = await hello()
  await app.fetch('dies/exit')
  const { error } = await app.log.find(
    ({ message, error }) =>
      /Executed 'Functions.dies' \(Failed/.test(message) && !!error?.message.includes(String(before)),
  )
  assert.equal(error?.message, `The worker process ${before} exited with code 3`)
})

test('a process that runs out of memory says so and is replaced', async () => {
  const small = await start({ languageWorkers__node__arguments: '--max-old-space-size=40' })
  const before = await hello(small)
  assert.equal((await small.fetch('dies/memory')).status, 500)
  await small.log.find(/JavaScript heap out of memory/)
  assert.notEqual(await hello(small), before)
})

test('a process whose child holds on to its output is replaced all the same', async () => {
  const before = await hello()
  assert.equal((await app.fetch('dies/child')).status, 500)
  const { message } = await app.log.find(/^child \d+$/)
  process.kill(Number(message.slice('child '.length)), 'SIGKILL')
  assert.notEqual(await hello(), before)
})
