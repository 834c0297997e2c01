import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DurableApp } from './durable-app.ts'

const orchestrators = `
df.app.orchestration('Waiting', function* (context) { return [context.df.getInput(), yield context.df.waitForExternalEvent('go')] })
df.app.orchestration('Throwing', function* () { throw new Error('not today') })
df.app.orchestration('Version', function* (context) { return context.df.version ?? null })
df.app.entity('Counter', (context) => {
  const count = context.df.getState(() => 0) + (context.df.getInput() ?? 0)
  context.df.setState(count)
})`

/** One HTTP function that calls the client as its body says, and answers with what came of it. */
const client = `
app.http('call', {
  methods: ['POST'], authLevel: 'anonymous', extraInputs: [df.input.durableClient()],
  handler: async (request, context) => {
    const client = df.getClient(context)
    const { method, args } = await request.json()
    const revive = (value) => value?.entity ? new df.EntityId(value.entity, value.key) : value?.date ? new Date(value.date) : value
    try { return { jsonBody: { value: (await client[method](...args.map(revive))) ?? null } } }
    catch (error) { return { jsonBody: { error: error.message } } }
  },
})
df.app.client.http('check', {
  methods: ['POST'], authLevel: 'anonymous',
  handler: async (request, client) => {
    const id = await client.startNew('Waiting', { input: 'checked' })
    return client.createCheckStatusResponse(request, id)
  },
})
df.app.client.http('payload', {
  methods: ['GET'], authLevel: 'anonymous',
  handler: async (request, client) => ({ jsonBody: client.createHttpManagementPayload('abc') }),
})
df.app.client.http('wait', {
  methods: ['POST'], authLevel: 'anonymous',
  handler: async (request, client) => {
    const id = await client.startNew(request.query.get('name'), { input: 1 })
    return client.waitForCompletionOrCreateCheckStatusResponse(request, id, { timeoutInMilliseconds: 300, retryIntervalInMilliseconds: 50 })
  },
})`

test('every method of the client of durable-functions 3', async (t) => {
  const app = await DurableApp.start(t, orchestrators + client, { durableTask: { defaultVersion: '2.0' } })
  const tryCall = async (method: string, ...args: unknown[]) => {
    const response = await app.fetch('/api/call', { method: 'POST', body: JSON.stringify({ method, args }) })
    return (await response.json()) as { value?: unknown; error?: string }
  }
  const call = async <Value>(method: string, ...args: unknown[]) => {
    const { value, error } = await tryCall(method, ...args)
    assert.equal(error, undefined, `${method}: ${error}`)
    return value as Value
  }

  await t.test('startNew, getStatus, raiseEvent', async () => {
    const id = await call<string>('startNew', 'Waiting', { instanceId: 'mine', input: { a: 1 } })
    assert.equal(id, 'mine')
    const status = await call<Record<string, unknown>>('getStatus', id, { showHistory: true })
    assert.deepEqual(status.input, { a: 1 })
    await call('raiseEvent', id, 'go', { b: 2 })
    assert.deepEqual((await app.ended(id)).output, [{ a: 1 }, { b: 2 }])
  })
  await t.test('starting again under the id of a running instance is rejected', async () => {
    const id = await call<string>('startNew', 'Waiting')
    assert.match((await tryCall('startNew', 'Waiting', { instanceId: id })).error!, /409|already exists/)
    assert.match((await tryCall('startNew', 'Nobody')).error!, /Nobody/)
  })
  await t.test('an event without data is null', async () => {
    const id = await call<string>('startNew', 'Waiting')
    await call('raiseEvent', id, 'go')
    // The SDK's HTTP library makes an empty text of an input that is not given.
    assert.deepEqual((await app.ended(id)).output, ['', null])
    assert.match((await tryCall('raiseEvent', 'nobody', 'go')).error!, /No instance with ID 'nobody' found/)
    await call('raiseEvent', id, 'go', 1)
  })
  await t.test('terminate, suspend, resume, rewind', async () => {
    const id = await call<string>('startNew', 'Waiting')
    await call('suspend', id, 'why')
    await app.until(async () => (await app.status(id)).runtimeStatus === 'Suspended')
    assert.ok((await tryCall('suspend', id, 'why')).error)
    await call('resume', id, 'why')
    await call('terminate', id, 'done')
    assert.equal((await app.ended(id)).output, 'done')
    assert.match((await tryCall('rewind', id, 'why')).error!, /410/)
    assert.match((await tryCall('terminate', 'nobody', 'why')).error!, /nobody/)
    const failed = await call<string>('startNew', 'Throwing')
    await app.ended(failed)
    await call('rewind', failed, 'why')
  })
  await t.test('getStatusAll, getStatusBy, purge', async () => {
    const all = await call<unknown[]>('getStatusAll')
    assert.ok(all.length >= 4)
    const some = await call<{ runtimeStatus: string }[]>('getStatusBy', { runtimeStatus: ['Terminated'] })
    assert.ok(some.length >= 1 && some.every(({ runtimeStatus }) => runtimeStatus === 'Terminated'))
    assert.deepEqual(await call('purgeInstanceHistory', 'mine'), { instancesDeleted: 1 })
    assert.deepEqual(await call('purgeInstanceHistory', 'mine'), { instancesDeleted: 0 })
    const filter = { createdTimeFrom: { date: '2000-01-01' }, runtimeStatus: ['Terminated'] }
    const response = await tryCall('purgeInstanceHistoryBy', { ...filter, createdTimeFrom: undefined })
    assert.ok(response.error)
  })
  await t.test('signalEntity, readEntityState', async () => {
    const id = { entity: 'Counter', key: 'k' }
    await call('signalEntity', id, 'add', 3)
    await app.until(async () => {
      const { entityExists, entityState } = await call<{ entityExists: boolean; entityState: unknown }>(
        'readEntityState',
        id,
      )
      return entityExists && entityState === 3
    })
    const missing = await call<{ entityExists: boolean }>('readEntityState', {
      entity: 'Counter',
      key: 'none',
    })
    assert.equal(missing.entityExists, false)
  })
  await t.test('createCheckStatusResponse leads to the instance', async () => {
    const response = await app.fetch('/api/check', { method: 'POST' })
    assert.equal(response.status, 202)
    const payload = (await response.json()) as Record<string, string>
    assert.equal(response.headers.get('location'), payload.statusQueryGetUri)
    assert.ok(payload.statusQueryGetUri!.startsWith(app.url))
    assert.equal((await fetch(payload.statusQueryGetUri!)).status, 202)
    const event = payload.sendEventPostUri!.replace('{eventName}', 'go')
    const headers = { 'content-type': 'application/json' }
    assert.equal((await fetch(event, { method: 'POST', body: '7', headers })).status, 202)
    assert.deepEqual((await app.ended(payload.id!)).output, ['checked', 7])
  })
  await t.test('createHttpManagementPayload names the instance everywhere', async () => {
    const payload = (await (await app.fetch('/api/payload')).json()) as Record<string, string>
    assert.equal(payload.id, 'abc')
    for (const [name, value] of Object.entries(payload))
      if (name !== 'id') assert.match(value, /\/instances\/abc/, name)
  })
  await t.test('waitForCompletionOrCreateCheckStatusResponse', async () => {
    const done = await app.fetch('/api/wait?name=Version', { method: 'POST' })
    assert.equal(done.status, 200)
    assert.equal(await done.json(), '2.0')
    assert.equal((await app.fetch('/api/wait?name=Throwing', { method: 'POST' })).status, 500)
    assert.equal((await app.fetch('/api/wait?name=Waiting', { method: 'POST' })).status, 202)
  })
})
