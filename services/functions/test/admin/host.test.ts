import assert from 'node:assert/strict'
import { hostname } from 'node:os'
import { test } from 'node:test'
import { startAdmin } from './fixture.ts'

test('every call but ping and warm-up needs the master key', async () => {
  await using at = await startAdmin()
  const hostKey = at.keys.list({ kind: 'host' })[0]?.value ?? ''
  const rows: [string, string, number][] = [
    ['GET', '/admin/host/status', 401],
    ['GET', '/admin/functions', 401],
    ['POST', '/admin/functions/Orders', 401],
    ['GET', '/admin/host/keys', 401],
    ['POST', '/admin/host/restart', 401],
    ['GET', '/admin/host/ping', 200],
    ['POST', '/admin/host/ping', 200],
    ['GET', '/admin/warmup', 200],
  ]
  for (const [method, path, status] of rows) {
    for (const key of ['', 'wrong', hostKey]) {
      const response = await fetch(at.url + path, { method, headers: key ? { 'x-functions-key': key } : {} })
      assert.deepEqual([response.status, await response.text()], [status, ''], `${method} ${path} '${key}'`)
    }
  }
  assert.equal((await fetch(`${at.url}/admin/host/status?code=${at.keys.masterKey}`)).status, 200)
})

test('the status tells id, state, version and errors', async () => {
  await using at = await startAdmin()
  const [status, body] = (await at.ask('GET', '/admin/host/status')) as [number, Record<string, unknown>]
  const { processUptime, version, versionDetails, ...rest } = body
  assert.equal(status, 200)
  assert.match(String(version), /^4\.\d+/)
  assert.equal(typeof processUptime, 'number')
  assert.equal(versionDetails, version)
  assert.deepEqual(rest, {
    id: 'shop-1',
    state: 'Running',
    platformVersion: '',
    instanceId: 'instance-1',
    computerName: hostname(),
    functionAppContentEditingState: 'Allowed',
    extensionBundle: { id: 'Microsoft.Azure.Functions.ExtensionBundle', version: '[4.*, 5.0.0)' },
  })
  at.target.state = 'Error'
  at.target.errors.push('host.json is broken')
  const [, failed] = (await at.ask('GET', '/admin/host/status')) as [number, Record<string, unknown>]
  assert.deepEqual([failed.state, failed.errors], ['Error', ['host.json is broken']])
})

test('the answer to a ping is not kept by anybody', async () => {
  await using at = await startAdmin()
  const { headers } = await fetch(`${at.url}/admin/host/ping`)
  assert.deepEqual([headers.get('cache-control'), headers.get('pragma')], ['no-store,no-cache', 'no-cache'])
})

test('a ping with checkHealth asks the workers', async () => {
  await using at = await startAdmin()
  assert.equal((await fetch(`${at.url}/admin/host/ping?checkHealth=1`)).status, 200)
  at.target.failure = new Error('no answer')
  assert.equal((await fetch(`${at.url}/admin/host/ping?checkHealth=1`)).status, 503)
  assert.equal((await fetch(`${at.url}/admin/host/ping`)).status, 200)
  assert.deepEqual(at.target.calls, ['checkHealth', 'checkHealth'])
})

test('the state is set with a JSON string in either kind of quotes', async () => {
  await using at = await startAdmin()
  assert.deepEqual(await at.ask('PUT', '/admin/host/state', '"running"'), [200, ''])
  assert.deepEqual(await at.ask('PUT', '/admin/host/state', "'Offline'"), [202, ''])
  at.target.state = 'Offline'
  assert.deepEqual(await at.ask('PUT', '/admin/host/state', '"offline"'), [200, ''])
  assert.deepEqual(await at.ask('PUT', '/admin/host/state', '"Running"'), [202, ''])
  at.target.state = 'Starting'
  for (const body of ['"running"', '"stopped"', 'offline', '{}', ''])
    assert.deepEqual(await at.ask('PUT', '/admin/host/state', body), [400, ''], body)
  assert.deepEqual(at.target.calls, ['takeOffline', 'bringOnline'])
})

test('draining is reported until everything has ended', async () => {
  await using at = await startAdmin()
  const drainStatus = async () => (await at.ask('GET', '/admin/host/drain/status'))[1]
  assert.deepEqual(await drainStatus(), {
    state: 'Disabled',
    outstandingInvocations: 0,
    outstandingRetries: 0,
  })
  assert.deepEqual(await at.ask('POST', '/admin/host/drain'), [202, ''])
  at.target.isDraining = true
  at.target.outstanding.retries = 1
  assert.deepEqual(await drainStatus(), {
    state: 'InProgress',
    outstandingInvocations: 0,
    outstandingRetries: 1,
  })
  at.target.outstanding.retries = 0
  assert.equal(((await drainStatus()) as { state: string }).state, 'Completed')
  assert.deepEqual(await at.ask('POST', '/admin/host/resume'), [200, { state: 'Running' }])
  assert.deepEqual(at.target.calls, ['drain', 'restart'])
  at.target.state = 'Offline'
  assert.deepEqual(await at.ask('POST', '/admin/host/resume'), [409, ''])
})

test('resuming an app that does not drain changes nothing', async () => {
  await using at = await startAdmin()
  assert.deepEqual(await at.ask('POST', '/admin/host/resume'), [200, { state: 'Running' }])
  assert.deepEqual(at.target.calls, [])
})

test('restart, sync and warm-up reach the app', async () => {
  await using at = await startAdmin()
  const [status, facts] = await at.ask('POST', '/admin/host/restart')
  assert.deepEqual([status, (facts as { scriptPath: string }).scriptPath], [200, at.rootDirectory])
  assert.deepEqual(await at.ask('POST', '/admin/host/synctriggers'), [200, { status: 'success' }])
  assert.deepEqual(await at.ask('POST', '/admin/warmup'), [200, ''])
  assert.deepEqual(at.target.calls, ['restart', 'syncTriggers', 'warmUp'])
  at.target.state = 'Starting'
  assert.deepEqual(await at.ask('POST', '/admin/host/synctriggers'), [503, 'Function host is not running.'])
})

test('what fails in the background is logged', async () => {
  await using at = await startAdmin()
  at.target.failure = new Error('stuck')
  assert.deepEqual(await at.ask('POST', '/admin/host/drain'), [202, ''])
  assert.equal(at.logged.at(-1)?.message, 'The app could not be drained: stuck')
})

test('log entries are written at their levels', async () => {
  await using at = await startAdmin()
  const entries = [
    { level: 'Warning', message: 'one', functionName: 'Orders', source: 'tool' },
    { level: 'Verbose', message: 'two' },
    { message: 'three' },
  ]
  assert.deepEqual(await at.ask('POST', '/admin/host/log', JSON.stringify(entries)), [200, ''])
  assert.deepEqual(
    at.logged.map(({ level, message }) => [level, message]),
    [
      ['warning', 'one'],
      ['trace', 'two'],
      ['information', 'three'],
    ],
  )
  assert.equal((await at.ask('POST', '/admin/host/log', '{}'))[0], 400)
})

test('processes are the host and its workers', async () => {
  await using at = await startAdmin()
  const [, body] = await at.ask('GET', '/admin/host/processes')
  const process = { isEligibleForOpenInBrowser: false, debugEngine: 'node' }
  assert.deepEqual(body, {
    processes: [
      { processId: globalThis.process.pid, processName: 'aloft', ...process },
      { processId: 4711, processName: 'node', ...process },
    ],
  })
})

test('the configuration, scale status, unknown paths and wrong methods are answered', async () => {
  await using at = await startAdmin()
  const [status, config] = await at.ask('GET', '/admin/host/config')
  assert.equal(status, 200)
  assert.deepEqual(config, {
    extensions: {
      other: { a: 1 },
      http: {
        dynamicThrottlesEnabled: false,
        enableChunkedRequestBinding: true,
        maxConcurrentRequests: -1,
        maxOutstandingRequests: 200,
        routePrefix: 'api',
      },
      queues: { batchSize: 16 },
    },
    concurrency: {
      dynamicConcurrencyEnabled: false,
      maximumFunctionConcurrency: -1,
      totalAvailableMemoryBytes: -1,
      cpuThreshold: 0.8,
      snapshotPersistenceEnabled: true,
    },
  })
  assert.equal((await at.ask('POST', '/admin/host/scale/status'))[0], 400)
  assert.equal((await at.ask('GET', '/admin/host/nothing'))[0], 404)
  assert.equal((await at.ask('DELETE', '/admin/host/status'))[0], 405)
})
