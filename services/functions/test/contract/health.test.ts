/** An app that is taken down because its host runs out of something, and what its callers see of that. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { VirtualClock } from '@aloft/kernel/testing'
import { HostUnderTest } from './app-under-test.ts'

const clock = new VirtualClock()
const host = await HostUnderTest.open({ clock })
after(() => host.close())

const files = {
  'package.json': { main: 'app.js' },
  'app.js': `
    const { app } = require('@azure/functions')
    app.get('hello', { authLevel: 'anonymous', handler: async () => ({ body: 'in' }) })`,
}

test('an unhealthy app is in the state Error, has no worker, and comes back when the host is well again', async () => {
  // Anything is too much: the first look finds it.
  const strict = { healthMonitor: { counterThreshold: 0, healthCheckInterval: '00:00:05' } }
  const app = await host.startApp({ files, host: strict })
  const status = async () =>
    (await (await fetch(`${app.url}/admin/host/status`)).json()) as Record<string, unknown>
  assert.equal((await status()).state, 'Running')
  assert.equal(await (await app.fetch('hello')).text(), 'in')

  await turn(() => app.running.state === 'Error')
  await turn(() => app.running.workerProcessIds.length === 0)
  const down = await status()
  assert.match(String(down.errors), /^Host thresholds exceeded: \[/)
  assert.equal((down.health as { state: string }).state, 'Unhealthy')
  assert.equal((await fetch(`${app.url}/admin/host/ping?checkHealth=1`)).status, 429)
  assert.equal((await fetch(`${app.url}/admin/host/ping`)).status, 200)

  const waiting = app.fetch('hello')
  await app.write('host.json', { version: '2.0', healthMonitor: { enabled: false } })
  await app.running.restart()
  assert.equal(await (await waiting).text(), 'in')
  const up = await status()
  assert.deepEqual([up.state, up.errors], ['Running', undefined])
})

test('an app that is down can be closed, and its callers are answered', async () => {
  const app = await host.startApp({ files, host: { healthMonitor: { counterThreshold: 0 } } })
  await turn(() => app.running.state === 'Error')
  const waiting = app.fetch('hello')
  // So that the request is there before the end.
  await fetch(`${app.url}/admin/host/ping`)
  await app.close()
  assert.equal(app.running.state, 'Stopped')
  assert.equal((await waiting).status, 503)
})

test('an app with dynamic throttles answers 429 while the host is overloaded, up or down', async () => {
  for (const enabled of [false, true]) {
    const hostJson = {
      extensions: { http: { dynamicThrottlesEnabled: true } },
      healthMonitor: { enabled, counterThreshold: 0, healthCheckInterval: '00:00:05' },
    }
    const app = await host.startApp({ files, host: hostJson })
    assert.equal(await (await app.fetch('hello')).text(), 'in')
    await turn(() => app.running.state === 'Error' || app.running.health?.state === 'Unhealthy')
    if (enabled) await turn(() => app.running.workerProcessIds.length === 0)
    assert.equal((await app.fetch('hello')).status, 429)
    assert.equal(app.running.state, enabled ? 'Error' : 'Running')
    await app.close()
  }
})

/** Lets time go by until `isSo`. */
async function turn(isSo: () => boolean): Promise<void> {
  while (!isSo()) await clock.advance(50)
}
