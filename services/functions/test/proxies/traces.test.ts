import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ProxyTrace } from '../../src/proxies/index.ts'
import { maxTraces } from '../../src/proxies/limits.ts'
import { text } from '../http/fixture.ts'
import {
  echo,
  forward,
  mock,
  type ProxiesFixture,
  startBackEnd,
  startProxies,
  unusedPort,
} from './fixture.ts'

function traceOf({ proxies }: ProxiesFixture, response: Response): ProxyTrace {
  const location = response.headers.get('proxy-trace-location') ?? ''
  const trace = proxies.findTrace(location.slice(location.lastIndexOf('/') + 1))
  assert.ok(trace, `there is no trace at ${location}`)
  return trace
}

test('a proxy is traced when it says so, or the client does and the proxy does not forbid it', async () => {
  await using at = await startProxies({
    proxies: {
      on: mock('/on', {}, { debug: true }),
      off: mock('/off', {}, { debug: false }),
      none: mock('/none'),
    },
  })
  const isTraced = async (path: string, headers = {}) =>
    (await fetch(at.url + path, { headers })).headers.has('proxy-trace-location')
  const asking = { 'Proxy-Trace-Enabled': 'true' }
  assert.deepEqual(await Promise.all(['/on', '/off', '/none'].map((path) => isTraced(path))), [
    true,
    false,
    false,
  ])
  assert.deepEqual(await Promise.all(['/on', '/off', '/none'].map((path) => isTraced(path, asking))), [
    true,
    false,
    true,
  ])
})

test('the location is below the address that the client used', async () => {
  await using at = await startProxies({ proxies: { p: mock('/p', {}, { debug: true }) } })
  const { headers } = await fetch(`${at.url}/p`)
  const [{ invocationId } = { invocationId: '' }] = at.telemetry
  assert.equal(headers.get('proxy-trace-location'), `${at.url}/admin/proxies/traces/${invocationId}`)
})

test('a trace tells what was asked, what was sent on, and what came back', async () => {
  await using backEnd = await startBackEnd(echo)
  await using at = await startProxies({
    proxies: {
      p: forward('/p/{id}', `${backEnd.url}/x/{id}?code=key1&a=1`, {
        debug: true,
        requestOverrides: { 'backend.request.headers.x-functions-key': 'key2' },
        responseOverrides: { 'response.statusCode': '203' },
      }),
    },
  })
  const response = await fetch(`${at.url}/p/7?sig=s1&b=2`, {
    method: 'POST',
    body: '',
    headers: { Authorization: 'Bearer abc', Cookie: 'session=1', 'X-Api-Key': 'k3', 'X-Plain': 'seen' },
  })
  const trace = traceOf(at, response)
  assert.equal(trace.proxy, 'p')
  const steps = Object.entries(trace.traceEntries).map(([phase, entries]) => [
    phase,
    entries.map(({ source }) => source),
  ])
  assert.deepEqual(Object.fromEntries(steps), {
    inbound: ['proxy', 'set-backend-service'],
    backend: ['forward-request', 'response'],
    outbound: ['transfer-response'],
  })
  const json = JSON.stringify(trace)
  assert.match(json, /"url":"\/p\/7\?sig=\*\*\*&b=2"/)
  assert.ok(json.includes(`"url":"${backEnd.url}/x/7?code=***&a=1&sig=***&b=2"`), json)
  assert.match(json, /"status":200.*"status":203/)
  assert.match(json, /"name":"X-Plain","value":"seen"/i)
  for (const secret of ['key1', 'key2', 'abc', 'session', 's1', 'k3'])
    assert.ok(!json.includes(`"${secret}`), secret)
  assert.doesNotMatch(json, /key1|key2|Bearer abc|session=1|=s1|"k3"/)
})

test('a failure is in the trace, and its answer says where', async () => {
  const port = await unusedPort()
  await using at = await startProxies({
    proxies: { p: forward('/p', `http://127.0.0.1:${port}/`, { debug: true }) },
  })
  const { outbound } = traceOf(at, await fetch(`${at.url}/p`)).traceEntries
  assert.deepEqual(
    outbound.map(({ source }) => source),
    ['on-error'],
  )
  assert.match(JSON.stringify(outbound), /ECONNREFUSED/)
})

test('calls inside the app are traced with what answered them', async () => {
  await using at = await startProxies({
    proxies: {
      outer: forward('/outer', 'http://localhost/inner', { debug: true }),
      inner: forward('/inner', 'http://localhost/api/f'),
    },
    functions: { f: { code: () => text('f') } },
  })
  const trace = traceOf(at, await fetch(`${at.url}/outer`, { headers: { 'Proxy-Trace-Enabled': 'TRUE' } }))
  const { backend } = trace.traceEntries
  assert.ok(backend.some(({ source }) => source === 'call-app'))
})

test('only the latest traces are kept', async () => {
  await using at = await startProxies({ proxies: { p: mock('/p', {}, { debug: true }) } })
  for (let count = 0; count <= maxTraces; count++) await fetch(`${at.url}/p`)
  const ids = at.telemetry.map(({ invocationId }) => invocationId)
  assert.equal(at.proxies.findTrace(ids[0]!), undefined)
  assert.ok(at.proxies.findTrace(ids[1]!))
  assert.ok(at.proxies.findTrace(ids.at(-1)!))
})
