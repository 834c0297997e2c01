/** Table inputs and outputs in real apps, on the platform as `aloft start` opens it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TableClient } from '@azure/data-tables'
import { StorageApp } from './storage-app.ts'

const v4 = `
const { app, input, output } = require('@azure/functions')
const one = input.table({ tableName: 'People', partitionKey: '{city}', rowKey: '{name}', connection: 'AzureWebJobsStorage' })
const some = input.table({ tableName: '%Table%', filter: "PartitionKey eq '{Query.city}' and Age ge {Query.age}", take: 2 })
const people = output.table({ tableName: 'People' })
const placed = output.table({ tableName: 'People', partitionKey: 'Oslo', rowKey: '{rand-guid}' })

app.http('one', { route: 'one/{city}/{name}', authLevel: 'anonymous', extraInputs: [one],
  handler: (request, context) => ({ jsonBody: { value: context.extraInputs.get(one) ?? 'nobody' } }) })
app.http('some', { authLevel: 'anonymous', extraInputs: [some],
  handler: (request, context) => ({ jsonBody: context.extraInputs.get(some) }) })
app.http('add', { methods: ['POST'], authLevel: 'anonymous', extraOutputs: [people],
  handler: async (request, context) => { context.extraOutputs.set(people, await request.json()); return { jsonBody: 'added' } } })
app.http('place', { methods: ['POST'], authLevel: 'anonymous', extraOutputs: [placed],
  handler: async (request, context) => { context.extraOutputs.set(placed, { Age: 30 }); return { jsonBody: 'placed' } } })`

const v3 = {
  'package.json': '{"name":"app"}',
  'read/function.json': JSON.stringify({
    bindings: [
      { type: 'httpTrigger', direction: 'in', name: 'req', authLevel: 'anonymous', route: 'v3/{name}' },
      {
        type: 'table',
        direction: 'in',
        name: 'person',
        tableName: 'People',
        partitionKey: 'Rome',
        rowKey: '{name}',
      },
      { type: 'table', direction: 'in', name: 'all', tableName: 'People', partitionKey: 'Rome' },
      {
        type: 'table',
        direction: 'out',
        name: 'log',
        tableName: 'Visits',
        partitionKey: '{name}',
        rowKey: '{rand-guid}',
      },
      { type: 'http', direction: 'out', name: 'res' },
    ],
  }),
  'read/index.js': `module.exports = async function (context) {
    context.bindings.log = [{ Found: context.bindings.all.length }]
    context.res = { body: { person: context.bindings.person, count: context.bindings.all.length } }
  }`,
}

const post = (value: unknown): RequestInit => ({ method: 'POST', body: JSON.stringify(value) })

function tableOf(app: StorageApp, table: string): TableClient {
  const connectionString = app.platform.storage!.developmentConnectionString
  return TableClient.fromConnectionString(connectionString, table, { allowInsecureConnection: true })
}

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const list: Item[] = []
  for await (const item of items) list.push(item)
  return list
}

test('table functions of the v4 model', async (t) => {
  const app = await StorageApp.start(t, { files: { 'src/app.js': v4 }, settings: { Table: 'People' } })

  await t.test('an object and an array become entities, with the types of the official host', async () => {
    await app.fetch(
      '/api/add',
      post({ PartitionKey: 'Rome', RowKey: 'ann', Age: 31, Ratio: 0.5, Tags: ['a'] }),
    )
    const people = ['bob', 'cid', 'dan'].map((rowKey, index) => ({
      partitionKey: 'Rome',
      rowKey,
      Age: 40 + index,
    }))
    await app.fetch('/api/add', post(people))
    const ann = await tableOf(app, 'people').getEntity('Rome', 'ann')
    assert.deepEqual([ann.Age, ann.Ratio, ann.Tags], [31n, 0.5, '[\n  "a"\n]'])
    assert.equal((await tableOf(app, 'people').getEntity('Rome', 'dan')).Age, 42n)
  })

  await t.test('one entity by expressions, or nothing', async () => {
    assert.deepEqual(await app.fetch('/api/one/Rome/bob'), {
      value: { PartitionKey: 'Rome', RowKey: 'bob', Age: 40 },
    })
    assert.deepEqual(await app.fetch('/api/one/Rome/nobody'), { value: 'nobody' })
  })

  await t.test('several entities by a filter with values of the request, safe from its quotes', async () => {
    const found = (await app.fetch('/api/some?city=Rome&age=32')) as { RowKey: string }[]
    assert.deepEqual(
      found.map(({ RowKey }) => RowKey),
      ['bob', 'cid'],
    )
    assert.deepEqual(await app.fetch(`/api/some?city=${encodeURIComponent("x' or 'a' eq 'a")}&age=0`), [])
    await assert.rejects(app.fetch(`/api/some?city=Rome&age=${encodeURIComponent('0 or Age ge 0')}`), /500/)
  })

  await t.test('keys of the binding, from expressions', async () => {
    await app.fetch('/api/place', post({}))
    const [placed] = await all(
      tableOf(app, 'People').listEntities({ queryOptions: { filter: "PartitionKey eq 'Oslo'" } }),
    )
    assert.match(String(placed?.rowKey), /^[0-9a-f-]{36}$/)
  })

  await t.test('what exists is not written over: the invocation fails', async () => {
    await assert.rejects(app.fetch('/api/add', post({ PartitionKey: 'Rome', RowKey: 'ann' })), /500/)
    const failed = app.find(/Executed 'Functions.add' \(Failed/)
    assert.match(String(failed?.error?.message), /The specified entity already exists/)
  })
})

test('table functions of the v3 model, with types from elsewhere', async (t) => {
  const app = await StorageApp.start(t, { files: v3 })
  const table = tableOf(app, 'People')
  await table.createTable()
  await table.createEntity({
    partitionKey: 'Rome',
    rowKey: 'ann',
    long: 5n,
    born: new Date('2000-01-01'),
    photo: new Uint8Array([255]),
  })
  assert.deepEqual(await app.fetch('/api/v3/ann'), {
    person: {
      PartitionKey: 'Rome',
      RowKey: 'ann',
      long: 5,
      born: '2000-01-01T00:00:00+00:00',
      photo: '/w==',
    },
    count: 1,
  })
  const visits = await all(tableOf(app, 'Visits').listEntities())
  assert.deepEqual(
    visits.map(({ partitionKey, Found }) => [partitionKey, Found]),
    [['ann', 1n]],
  )
})
