import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DurableApp } from './durable-app.ts'

const functionJson = (...bindings: readonly object[]) => JSON.stringify({ bindings })
const trigger = (type: string, name: string) => ({ type, name, direction: 'in' })
const orchestrator = (body: string) =>
  `const df = require('durable-functions')\nmodule.exports = df.orchestrator(function* (context) { ${body} })`

const files = {
  'package.json': '{}',
  'Hello/function.json': functionJson(trigger('orchestrationTrigger', 'context')),
  'Hello/index.js': orchestrator(`
    const output = []
    for (const city of ['Tokyo', 'London']) output.push(yield context.df.callActivity('SayHello', city))
    return output`),
  'SayHello/function.json': functionJson(trigger('activityTrigger', 'name')),
  'SayHello/index.js': "module.exports = async (context) => 'Hello ' + context.bindings.name",
  'Fail/function.json': functionJson(trigger('activityTrigger', 'input')),
  'Fail/index.js': "module.exports = async () => { throw new Error('no') }",
  'Failing/function.json': functionJson(trigger('orchestrationTrigger', 'context')),
  'Failing/index.js': orchestrator("yield context.df.callActivity('Fail', 1)"),
  'Retrying/function.json': functionJson(trigger('orchestrationTrigger', 'context')),
  'Retrying/index.js': orchestrator(`
    const df2 = require('durable-functions')
    try { yield context.df.callActivityWithRetry('Fail', new df2.RetryOptions(1, 2), 1) } catch (error) { return error.message }`),
  'Approval/function.json': functionJson(trigger('orchestrationTrigger', 'context')),
  'Approval/index.js': orchestrator(`
    const timeout = context.df.createTimer(new Date(context.df.currentUtcDateTime.getTime() + 3600000))
    const approval = context.df.waitForExternalEvent('Approval')
    const winner = yield context.df.Task.any([approval, timeout])
    timeout.cancel()
    return winner === approval`),
  'Counter/function.json': functionJson(trigger('entityTrigger', 'context')),
  'Counter/index.js': `
    const df = require('durable-functions')
    module.exports = df.entity((context) => {
      const count = context.df.getState(() => 0) + (context.df.getInput() ?? 0)
      context.df.setState(count)
      context.df.return(count)
    })`,
  'Count/function.json': functionJson(trigger('orchestrationTrigger', 'context')),
  'Count/index.js': orchestrator(`
    const id = new (require('durable-functions').EntityId)('Counter', 'k')
    yield context.df.callEntity(id, 'add', 2)
    return yield context.df.callEntity(id, 'add', 3)`),
  'Start/function.json': functionJson(
    { type: 'httpTrigger', name: 'req', direction: 'in', authLevel: 'anonymous', route: 'start/{name}' },
    { type: 'http', name: '$return', direction: 'out' },
    { type: 'orchestrationClient', name: 'starter', direction: 'in' },
  ),
  'Start/index.js': `
    const df = require('durable-functions')
    module.exports = async (context, req) => {
      const client = df.getClient(context)
      const id = await client.startNew(req.params.name, undefined, req.body)
      return client.createCheckStatusResponse(req, id)
    }`,
  'Call/function.json': functionJson(
    { type: 'httpTrigger', name: 'req', direction: 'in', authLevel: 'anonymous', route: 'call/{method}' },
    { type: 'http', name: '$return', direction: 'out' },
    { type: 'durableClient', name: 'starter', direction: 'in' },
  ),
  'Call/index.js': `
    const df = require('durable-functions')
    const revive = (value) => value && value.entity ? new df.EntityId(value.entity, value.key) : value && value.date ? new Date(value.date) : value
    module.exports = async (context, req) => {
      const client = df.getClient(context)
      try { return { body: { value: await client[req.params.method](...req.body.map(revive)) } } }
      catch (error) { return { body: { error: error.message } } }
    }`,
  'Waiting/function.json': functionJson(trigger('orchestrationTrigger', 'context')),
  'Waiting/index.js': orchestrator(
    "return [context.df.getInput(), yield context.df.waitForExternalEvent('go')]",
  ),
  'Output/function.json': functionJson(
    { type: 'httpTrigger', name: 'req', direction: 'in', authLevel: 'anonymous', route: 'output' },
    { type: 'http', name: '$return', direction: 'out' },
    { type: 'durableClient', name: 'starter', direction: 'out' },
  ),
  'Output/index.js': `
    module.exports = async (context) => {
      context.bindings.starter = [{ FunctionName: 'Hello', InstanceId: 'from-output', Input: null }]
      return { status: 200 }
    }`,
}

test('apps with function.json files and durable-functions 2', async (t) => {
  // With somebody who takes spans the client's address tells the invocation, too.
  const telemetry = { invocation() {}, span() {} }
  const app = await DurableApp.start(t, '', { files, telemetry, sdk: 'durable-functions-v2' })
  assert.deepEqual(app.running.problems, [])
  const start = async (name: string) => {
    const response = await app.fetch(`/api/start/${name}`, { method: 'POST' })
    assert.equal(response.status, 202)
    return ((await response.json()) as { id: string }).id
  }
  const run = async (name: string) => app.ended(await start(name))

  await t.test('activities run one after the other', async () => {
    assert.deepEqual((await run('Hello')).output, ['Hello Tokyo', 'Hello London'])
  })
  await t.test('a failure has the texts of the function and of its activity', async () => {
    const status = await run('Failing')
    assert.equal(status.runtimeStatus, 'Failed')
    assert.match(
      String(status.output),
      /Orchestrator function 'Failing' failed: Activity function 'Fail' failed: no/,
    )
  })
  await t.test('an activity is tried again, then its failure is caught', async () => {
    assert.match(String((await run('Retrying')).output), /Activity function 'Fail' failed: no/)
  })
  await t.test('a timer is cancelled', async () => {
    const id = await start('Approval')
    await app.until(async () => (await app.status(id)).runtimeStatus === 'Running')
    await app.post(`instances/${id}/raiseEvent/Approval`, true)
    const status = await app.ended(id)
    assert.equal(status.output, true, JSON.stringify(status))
  })
  await t.test('an entity is called', async () => {
    assert.equal((await run('Count')).output, 5)
  })
  const tryCall = async (method: string, ...args: unknown[]) => {
    const headers = { 'content-type': 'application/json' }
    const response = await app.fetch(`/api/call/${method}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(args),
    })
    return (await response.json()) as { value?: unknown; error?: string }
  }
  const call = async <Value>(method: string, ...args: unknown[]) => {
    const { value, error } = await tryCall(method, ...args)
    assert.equal(error, undefined, `${method}: ${error}`)
    return value as Value
  }
  interface Known {
    readonly instanceId: string
    readonly runtimeStatus: string
    readonly history?: readonly unknown[]
  }

  await t.test('its client starts, asks, tells, ends and starts again', async () => {
    const id = await call<string>('startNew', 'Waiting', 'mine', { a: 1 })
    assert.equal(id, 'mine')
    assert.match((await tryCall('startNew', 'Waiting', id)).error ?? '', /already exists|409/)
    assert.match((await tryCall('startNew', 'Nobody')).error ?? '', /Nobody/)
    const all = await call<Known[]>('getStatusAll')
    assert.ok(all.some(({ instanceId }) => instanceId === id))
    await call('raiseEvent', id, 'go', { b: 2 })
    assert.deepEqual((await app.ended(id)).output, [{ a: 1 }, { b: 2 }])
    const from = { date: '2020-01-01' }
    const done = await call<Known[]>('getStatusBy', from, { date: '2100-01-01' }, ['Completed'])
    assert.ok(done.some(({ instanceId }) => instanceId === id))
    const other = await call<string>('startNew', 'Waiting')
    await call('terminate', other, 'enough')
    assert.deepEqual((await app.ended(other)).output, 'enough')
    assert.deepEqual(await call('purgeInstanceHistory', id), { instancesDeleted: 1 })
    const purged = await call<{ instancesDeleted: number }>(
      'purgeInstanceHistoryBy',
      from,
      { date: '2100-01-01' },
      ['Terminated'],
    )
    assert.ok(purged.instancesDeleted >= 1)
    const failed = await start('Failing')
    await app.ended(failed)
    await call('rewind', failed, 'again')
  })
  await t.test('its client signals entities and reads them', async () => {
    const counter = { entity: 'Counter', key: 'c' }
    await call('signalEntity', counter, 'add', 4)
    const state = await app.until(async () => {
      const { value } = await tryCall('readEntityState', counter)
      const { entityExists, entityState } = value as { entityExists: boolean; entityState: unknown }
      return entityExists && { entityState }
    })
    assert.deepEqual(state, { entityState: 4 })
  })
  await t.test('an output binding starts orchestrations', async () => {
    assert.equal((await app.fetch('/api/output', { method: 'POST' })).status, 200)
    assert.deepEqual((await app.ended('from-output')).output, ['Hello Tokyo', 'Hello London'])
  })
})
