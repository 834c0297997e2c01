/** How a worker process ends, and how a waiting one becomes an app's. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fixture, started, WorkerProcess } from './worker-process.ts'

test('an exception that nobody catches is logged, then the worker ends with 1', async () => {
  await using app = await started('crash')
  void app.run('run', { string: 'throw' })
  assert.deepEqual(await app.worker.exited, { code: 1, signal: null })
  const { level, logCategory, message } = app.worker.logs.at(-1)!
  assert.deepEqual([level, logCategory], ['error', 'system'])
  assert.match(
    message,
    /^Worker uncaught exception \(learn more: .*\): Error: nobody catches this\n.*crash\/app\.js/,
  )
})

test('a rejection that nobody handles ends the worker alike', async () => {
  await using app = await started('crash')
  void app.run('run', { string: 'reject' })
  assert.equal((await app.worker.exited).code, 1)
  assert.match(app.worker.logs.at(-1)!.message, /^Worker uncaught exception .*a rejected text/)
})

test('logs from before process.exit, and from its listeners, arrive, however long they are', async () => {
  await using app = await started('crash')
  void app.run('run', { string: 'exit' })
  assert.equal((await app.worker.exited).code, 7)
  assert.deepEqual(
    app.worker.userLogs().map((message) => message.slice(0, 30)),
    ['x'.repeat(30), 'from the exit listener'],
  )
  assert.equal(app.worker.userLogs()[0]!.length, 3_000_000)
})

test('a log after the end of its invocation comes with a warning', async () => {
  await using app = await started('crash')
  await app.run('run', { string: 'late' })
  await app.worker.logged('too late')
  const warning = app.worker.logs.at(-2)!
  assert.deepEqual(
    [warning.level, warning.logCategory, warning.category],
    ['warning', 'system', 'run.Invocation'],
  )
  assert.match(
    warning.message,
    /^Warning: Unexpected call to 'log' on the context object after function execution/,
  )
})

test('a worker whose host is gone ends at once', async () => {
  await using app = await started('crash')
  void app.run('run', { string: 'wait' })
  app.worker.pipe.destroy()
  assert.equal((await app.worker.exited).code, 1)
})

test('a worker that is told to terminate runs its hooks and ends with 0, whatever is running', async () => {
  await using app = await started('crash')
  void app.run('run', { string: 'wait' })
  assert.deepEqual(await app.worker.terminate(), { code: 0, signal: null })
  assert.equal(app.worker.stdout, 'bye\n')
})

test('a terminate hook that does not end is given up after the grace period', async () => {
  await using app = await started('crash', { environment: { HANG: '1' } })
  assert.deepEqual(await app.worker.terminate(50), { code: 0, signal: null })
  assert.match(app.worker.logs.at(-1)!.message, /did not end within 50 ms/)
})

test('Ctrl+C is left to the host', async () => {
  await using app = await started('hello')
  process.kill(app.worker.pid, 'SIGINT')
  assert.equal((await app.http('hello')).text, 'Hello, world!')
})

test('a waiting worker becomes the app of the first reload, with its environment and nothing else', async () => {
  await using worker = new WorkerProcess({ environment: { OF_THE_HOST: '1' } })
  worker.writer.send('init', { hostVersion: '4', workerId: 'worker-1' })
  const initialized = await worker.reload(fixture('environment'), { OF_THE_APP: 'ä', TZ: 'Asia/Tokyo' })
  const { name, bindings } = initialized.functions[0]!
  const trigger = Object.keys(bindings)[0]!
  const { returnValue } = await worker.invoke(name, { [trigger]: { int: 1 } })
  assert.deepEqual(JSON.parse(returnValue!.json!), {
    environment: { OF_THE_APP: 'ä', TZ: 'Asia/Tokyo' },
    directory: fixture('environment'),
    hour: 9,
  })
})

test('a reload forgets the functions and hooks of the app before', async () => {
  await using app = await started('crash')
  const { functions } = await app.worker.reload(fixture('hello'), {})
  assert.deepEqual(
    functions.map(({ name }) => name),
    ['hello'],
  )
  await app.worker.terminate()
  assert.equal(app.worker.stdout, '')
})
