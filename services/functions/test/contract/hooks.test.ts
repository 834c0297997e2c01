/** Hooks of an app: around its life, its invocations and its logs. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { HostUnderTest } from './app-under-test.ts'

const host = await HostUnderTest.open()
after(() => host.close())
const app = await host.startApp({ fixture: 'hooks' })

const text = async (route: string) => (await app.fetch(route)).text()

test('appStart hooks have ended before the first invocation', async () => {
  assert.deepEqual(await app.json('started'), { app: true })
})

test('a preInvocation hook may add inputs', async () => {
  assert.deepEqual(await app.json('inputs'), {
    path: '/api/inputs',
    second: 'from a hook',
    function: 'inputs',
  })
})

test('a preInvocation hook may replace the handler', async () => {
  assert.equal(await text('replaced'), 'the handler of the app, wrapped')
})

test('a preInvocation hook that throws fails the invocation', async () => {
  assert.equal((await app.fetch('refusedByHook')).status, 500)
  const { error } = await app.log.find(/Executed 'Functions.refusedByHook' \(Failed/)
  assert.equal(error?.message, 'not allowed')
})

test('a postInvocation hook may change the result, and shares data with the hook before', async () => {
  assert.equal(await text('result'), 'after 7')
  await app.log.find('result was {"body":"before"}, error null')
})

test('a postInvocation hook may swallow an error', async () => {
  const response = await app.fetch('swallowed')
  assert.deepEqual([response.status, await response.text()], [200, 'swallowed: swallow me'])
  await app.log.find(/Executed 'Functions.swallowed' \(Succeeded/)
})

test('a postInvocation hook may fail an invocation', async () => {
  assert.equal((await app.fetch('failedByHook')).status, 500)
  const { error } = await app.log.find(/Executed 'Functions.failedByHook' \(Failed/)
  assert.equal(error?.message, 'failed by a hook')
})

test('what hooks may not change, they cannot', async () => {
  await app.fetch('plain')
  const refused = app.log.all(
    ({ category, message }) => category === 'Function.plain.User' && /^refused/.test(message),
  )
  assert.deepEqual(
    refused.map(({ message }) => message),
    ['hookData', 'invocationContext'].map((name) => `refused: Cannot assign to read only property '${name}'`),
  )
})

test('a log hook may change the text and the level of what the app logs', async () => {
  await app.fetch('logs')
  await app.log.find(/Executed 'Functions.logs'/)
  const records = app.log.all(
    ({ category, message }) => category === 'Function.logs.User' && !/^refused/.test(message),
  )
  assert.deepEqual(
    records.map(({ level, message }) => [level, message]),
    [
      ['information', 'a ****** word'],
      ['error', 'raise me'],
    ],
  )
})

test('appTerminate hooks run when the app is closed, with the data of appStart', async () => {
  const closing = await host.startApp({ fixture: 'hooks' })
  await closing.close()
  await closing.log.find('appTerminate with kept for the end')
})

test('an appStart hook that fails keeps the app from running, and the log says why', async () => {
  const broken = await host.startApp({
    files: {
      'package.json': { main: 'app.js' },
      'app.js': `
        const { app } = require('@azure/functions')
        app.hook.appStart(async () => { throw new Error('no database') })
        app.get('hello', () => ({ body: 'hello' }))`,
    },
  })
  const { level } = await broken.log.find('no database')
  assert.equal(level, 'error')
  assert.deepEqual(broken.running.problems, [{ name: '', message: 'no database' }])
  assert.equal((await broken.fetch('hello')).status, 404)
})
