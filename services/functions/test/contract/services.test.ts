/** The services of the host, each once through everything: keys, timers, telemetry, the admin API, the host's end. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { InvocationTelemetry } from '@aloft/kernel'
import { VirtualClock } from '@aloft/kernel/testing'
import { HostUnderTest } from './app-under-test.ts'

const clock = new VirtualClock()
const reported: InvocationTelemetry[] = []
const host = await HostUnderTest.open({ clock, telemetry: { invocation: (record) => reported.push(record) } })
after(() => host.close())

const files = {
  'package.json': { main: 'app.js' },
  'app.js': `
    const { app } = require('@azure/functions')
    const handler = async () => ({ body: 'in' })
    app.http('open', { authLevel: 'anonymous', handler })
    app.http('locked', { authLevel: 'function', handler })
    app.http('admin', { authLevel: 'admin', route: 'forAdmin', handler })
    app.http('failing', { authLevel: 'anonymous', handler: async () => { throw new Error('telling') } })
    app.timer('hourly', {
      schedule: '0 0 * * * *',
      handler: async (timer, context) => context.log(JSON.stringify(timer)),
    })`,
}

test('with authentication, keys are asked for; without, as `func start` has it, they are not', async () => {
  const settings = { AzureFunctionsWebHost__hostid: 'keys' }
  const open = await host.startApp({ files, settings })
  assert.equal((await open.fetch('locked')).status, 200)

  const listed = await (await fetch(`${open.url}/admin/functions/locked/keys`)).json()
  const { value } = (listed as { keys: { name: string; value: string }[] }).keys[0]!
  await open.close()

  const guarded = await host.startApp({ files, settings, start: { isAuthEnabled: true } })
  const status = async (route: string, key?: string) =>
    (await guarded.fetch(route, { headers: key ? { 'x-functions-key': key } : {} })).status
  assert.deepEqual([await status('open'), await status('locked'), await status('forAdmin')], [200, 401, 401])
  assert.deepEqual([await status('locked', 'wrong'), await status('locked', value)], [401, 200])
  assert.equal((await guarded.fetch(`locked?code=${encodeURIComponent(value)}`)).status, 200)
  assert.equal(await status('forAdmin', value), 401)
})

test('a timer runs when its time comes', async () => {
  const app = await host.startApp({ files, settings: { AzureFunctionsWebHost__hostid: 'timer' } })
  await clock.advance(3_600_000)
  const { message, level } = await app.log.find(({ category }) => category === 'Function.hourly.User')
  const { schedule, isPastDue } = JSON.parse(message)
  assert.deepEqual([level, schedule, isPastDue], ['information', { adjustForDST: true }, false])
  await app.log.find(/Executed 'Functions.hourly' \(Succeeded/)
})

test('each invocation is reported to the telemetry, with its place in the trace', async () => {
  const app = await host.startApp({ files, settings: { AzureFunctionsWebHost__hostid: 'reported' } })
  reported.length = 0
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
  await app.fetch('open', { headers: { traceparent } })
  await app.fetch('failing')
  const [good, bad] = reported
  assert.deepEqual(
    [good?.functionName, good?.trigger, good?.success, good?.resultCode, good?.traceId, good?.parentSpanId],
    ['open', 'httpTrigger', true, '200', '0af7651916cd43dd8448eb211c80319c', 'b7ad6b7169203331'],
  )
  assert.equal(good?.url, `${app.url}/api/open`)
  assert.deepEqual([bad?.success, bad?.resultCode, bad?.error?.message], [false, '500', 'telling'])
})

test('the admin API knows the functions and the state of the host', async () => {
  const app = await host.startApp({ files, settings: { AzureFunctionsWebHost__hostid: 'admin' } })
  const state = (await (await fetch(`${app.url}/admin/host/status`)).json()) as { state: string }
  assert.equal(state.state, 'Running')
  const functions = (await (await fetch(`${app.url}/admin/functions`)).json()) as { name: string }[]
  assert.deepEqual(
    functions.map(({ name }) => name),
    ['admin', 'failing', 'hourly', 'locked', 'open'],
  )
})

test('closing lets what runs end, and takes nothing new', async () => {
  const app = await host.startApp({
    files: {
      'package.json': { main: 'app.js' },
      'app.js': `
        const { app } = require('@azure/functions')
        app.get('slow', {
          authLevel: 'anonymous',
          handler: async (_, context) => {
            context.log('slow began')
            await new Promise((resolve) => setTimeout(resolve, 200))
            return { body: 'ended' }
          },
        })`,
    },
  })
  const slow = app.fetch('slow')
  await app.log.find('slow began')
  const [pid] = app.running.workerProcessIds
  const closing = app.close()
  assert.equal(await (await slow).text(), 'ended')
  await closing
  await assert.rejects(app.fetch('slow'))
  assert.throws(() => process.kill(pid!, 0), /ESRCH/)
})

test('closing gives up what does not end in time', async () => {
  const app = await host.startApp({ fixture: 'failures' })
  const hanging = app.fetch('hangs')
  await app.log.find(/^hanging in/)
  await app.running.restart()
  const hangingToo = app.fetch('hangs')
  await app.log.find(({ message }) => message === `hanging in ${app.running.workerProcessIds[0]}`)
  await app.running.close(AbortSignal.timeout(50))
  assert.deepEqual([(await hanging).status, (await hangingToo).status], [500, 500])
})
