import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { InvocationTelemetry, SpanTelemetry } from '@aloft/kernel'
import { DurableApp } from './durable-app.ts'

const code = `
df.app.orchestration('Order', function* (context) {
  yield context.df.callActivity('Reserve', 1)
  yield context.df.createTimer(new Date(context.df.currentUtcDateTime.getTime() + 10))
  yield context.df.callEntity(new df.EntityId('Counter', 'k'), 'add', 1)
  yield context.df.waitForExternalEvent('paid')
  return yield context.df.callSubOrchestrator('Ship')
})
df.app.orchestration('Ship', function* (context) { return yield context.df.callActivity('Reserve', 2) })
df.app.activity('Reserve', { handler: (input) => input })
df.app.entity('Counter', (context) => { context.df.setState(context.df.getState(() => 0) + 1) })
app.http('begin', {
  authLevel: 'anonymous', extraInputs: [df.input.durableClient()],
  handler: async (request, context) => ({ body: await df.getClient(context).startNew('Order', { instanceId: 'o1' }) }),
})
app.http('pay', {
  authLevel: 'anonymous', extraInputs: [df.input.durableClient()],
  handler: async (request, context) => { await df.getClient(context).raiseEvent('o1', 'paid', true); return {} },
})`

test('an orchestration is one trace, from the request that starts it to the code of its activities', async (t) => {
  const rows: { kind: string; name: string; traceId: string; spanId: string; parent: string; at: number }[] =
    []
  const telemetry = {
    invocation: (record: InvocationTelemetry) =>
      rows.push({
        kind: 'invocation',
        name: record.functionName,
        traceId: record.traceId,
        spanId: record.spanId,
        parent: record.parentSpanId,
        at: record.startTime,
      }),
    span: (record: SpanTelemetry) =>
      rows.push({
        kind: record.kind,
        name: record.name,
        traceId: record.traceId,
        spanId: record.spanId,
        parent: record.parentSpanId,
        at: record.startTime,
      }),
  }
  const app = await DurableApp.start(t, code, { telemetry, durableTask: { keepOrchestratorsWarm: false } })
  const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`
  const headers = { traceparent }
  assert.equal(await (await app.fetch('/api/begin', { headers })).text(), 'o1')
  await app.until(async () =>
    rows.some(({ name, kind }) => name === 'entity:counter:add' && kind === 'client'),
  )
  await app.fetch('/api/pay', { headers })
  assert.equal((await app.ended('o1')).output, 2)
  await app.until(async () =>
    rows.some(({ name, kind }) => name === 'orchestration:Order' && kind === 'server'),
  )

  assert.deepEqual(new Set(rows.map(({ traceId }) => traceId)), new Set(['a'.repeat(32)]))
  const lines = new Map<string, number>()
  const add = (parent: string, path: string) => {
    for (const row of rows.filter((each) => each.parent === parent)) {
      const line = `${path}/${row.kind} ${row.name}`
      lines.set(line, (lines.get(line) ?? 0) + 1)
      add(row.spanId, line)
    }
  }
  add('b'.repeat(16), '')
  const order = '/invocation begin/producer create_orchestration:Order/server orchestration:Order'
  const ship = `${order}/client orchestration:Ship/server orchestration:Ship`
  // Every turn is an invocation of the orchestrator; how many there are depends on what comes together.
  const turns = lines.get(`${order}/invocation Order`) ?? 0
  assert.ok(turns >= 5, `${turns} turns`)
  lines.delete(`${order}/invocation Order`)
  assert.deepEqual(
    [...lines].sort(),
    [
      ['/invocation begin', 1],
      ['/invocation begin/producer create_orchestration:Order', 1],
      [order, 1],
      [`${order}/client activity:Reserve`, 1],
      [`${order}/client activity:Reserve/server activity:Reserve`, 1],
      [`${order}/client activity:Reserve/server activity:Reserve/invocation Reserve`, 1],
      [`${order}/client entity:counter:add`, 1],
      [`${order}/client entity:counter:add/server entity:counter:add`, 1],
      [`${order}/client entity:counter:add/server entity:counter:add/invocation Counter`, 1],
      [`${order}/client orchestration:Ship`, 1],
      [ship, 1],
      [`${ship}/client activity:Reserve`, 1],
      [`${ship}/client activity:Reserve/server activity:Reserve`, 1],
      [`${ship}/client activity:Reserve/server activity:Reserve/invocation Reserve`, 1],
      [`${ship}/invocation Ship`, 2],
      [`${order}/internal orchestration:Order:timer`, 1],
      ['/invocation pay', 1],
      ['/invocation pay/producer orchestration_event:paid', 1],
    ].sort(),
  )
})
