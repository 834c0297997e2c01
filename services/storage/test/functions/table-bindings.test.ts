/** The table bindings on the tables of this process, on ours over HTTP, and on another service. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { BindingDefinition, OutputValue } from '@aloft/kernel'
import { tableConnections } from '../../src/functions/table/table-connections.ts'
import { tableInput } from '../../src/functions/table/table-input.ts'
import { tableOutput } from '../../src/functions/table/table-output.ts'
import { accountKey, accountName, openTableServer } from '../table/table-server.ts'
import { appContext } from './app-context.ts'
import { startAzuriteTables } from './azurite-tables.ts'

const [server, azurite] = await Promise.all([openTableServer(), startAzuriteTables()])
after(() => Promise.all([server.close(), azurite.close()]))

const storage = { accounts: { find: () => undefined }, ports: undefined, tables: server.store }
const remote = `DefaultEndpointsProtocol=http;AccountName=${accountName};AccountKey=${accountKey};TableEndpoint=${server.url};`
const connections = {
  embedded: tableConnections(storage),
  remote: tableConnections(undefined),
  azurite: tableConnections(undefined),
} as const
type Kind = keyof typeof connections
const settings: Record<Kind, string> = {
  embedded: 'UseDevelopmentStorage=true',
  remote,
  azurite: azurite.connectionString,
}

let count = 0

/** The bindings of one function with a table of its own. */
function bindings(kind: Kind) {
  const app = appContext({ settings: { AzureWebJobsStorage: settings[kind] } })
  const tableName = `${kind}${++count}`
  const input = tableInput(connections[kind])
  const output = tableOutput(connections[kind])
  const definition = (more: Partial<BindingDefinition>): BindingDefinition => ({
    name: 'item',
    type: 'table',
    direction: 'in',
    dataType: 'undefined',
    tableName,
    ...more,
  })
  const context = { app } as never
  return {
    text: async (more: Partial<BindingDefinition> = {}) =>
      (await input.read(definition(more), context))?.json,
    read: async (more: Partial<BindingDefinition> = {}) => {
      const data = await input.read(definition(more), context)
      return data && (JSON.parse(String(data.json)) as unknown)
    },
    write: (values: readonly (object | OutputValue)[], more: Partial<BindingDefinition> = {}) =>
      output.write(definition(more), values.map(toOutput), context),
    validate: (more: Partial<BindingDefinition>) => input.validate?.(definition(more), app),
  }
}

function toOutput(value: object | OutputValue): OutputValue {
  return 'kind' in value ? (value as OutputValue) : { kind: 'json', text: JSON.stringify(value) }
}

function testBindings(
  name: string,
  body: (table: ReturnType<typeof bindings>, kind: Kind) => Promise<void>,
): void {
  for (const kind of Object.keys(connections) as Kind[])
    test(`${kind}: ${name}`, () => body(bindings(kind), kind))
}

testBindings('what is written can be read, in a table that is made for it', async ({ read, write }) => {
  await write([{ PartitionKey: 'p', RowKey: 'r', Name: 'Ann', Active: true }])
  assert.deepEqual(await read({ partitionKey: 'p', rowKey: 'r' }), {
    PartitionKey: 'p',
    RowKey: 'r',
    Name: 'Ann',
    Active: true,
  })
})

testBindings('an entity or table that is missing is nothing', async ({ read, write }) => {
  assert.equal(await read({ partitionKey: 'p', rowKey: 'r' }), undefined)
  await write([{ PartitionKey: 'p', RowKey: 'r' }])
  assert.equal(await read({ partitionKey: 'p', rowKey: 'x' }), undefined)
})

testBindings('a query of a table that is missing finds nothing', async ({ read }) => {
  assert.deepEqual(await read(), [])
  assert.deepEqual(await read({ partitionKey: 'p', take: 3 }), [])
})

testBindings('types as the official host has them', async ({ text, write }) => {
  const json =
    '{"partitionkey":"p","ROWKEY":"r","Long":9007199254740993,"Ratio":1.5,"When":"2026-01-01T00:00:00Z","List":[1,{"a":2}],"None":null,' +
    '"D@odata.type":"Edm.DateTime","D":"2026-01-01T00:00:00.5Z","G@odata.type":"Edm.Guid","G":"01234567-89ab-cdef-0123-456789abcdef","B@odata.type":"Edm.Binary","B":"AP8="}'
  await write([{ kind: 'json', text: json }])
  const read = await text({ partitionKey: 'p', rowKey: 'r' })
  assert.match(String(read), /"Long":9007199254740993\b/)
  const { Long, ...rest } = JSON.parse(String(read))
  assert.deepEqual(rest, {
    PartitionKey: 'p',
    RowKey: 'r',
    Ratio: 1.5,
    When: '2026-01-01T00:00:00Z',
    List: JSON.stringify([1, { a: 2 }], undefined, 2),
    D: '2026-01-01T00:00:00.5+00:00',
    G: '01234567-89ab-cdef-0123-456789abcdef',
    B: 'AP8=',
  })
  assert.equal(typeof Long, 'number')
})

testBindings('partition, filter and take', async ({ read, write }) => {
  const entities = ['a', "b'c"].flatMap((PartitionKey) =>
    Array.from({ length: 5 }, (_, index) => ({ PartitionKey, RowKey: String(index), Age: index })),
  )
  await write(entities)
  const keys = async (more: Partial<BindingDefinition>) =>
    ((await read(more)) as typeof entities).map((entity) => `${entity.PartitionKey}${entity.RowKey}`)
  assert.deepEqual(await keys({ partitionKey: "b'c" }), ["b'c0", "b'c1", "b'c2", "b'c3", "b'c4"])
  assert.deepEqual(await keys({ partitionKey: 'a', filter: "RowKey eq '1' or RowKey eq '2'" }), ['a1', 'a2'])
  assert.deepEqual(await keys({ filter: 'Age ge 3L' }), ['a3', 'a4', "b'c3", "b'c4"])
  assert.deepEqual(await keys({ filter: 'Age ge 3L', take: 3 }), ['a3', 'a4', "b'c3"])
  assert.deepEqual(await keys({ take: '6' }), ['a0', 'a1', 'a2', 'a3', 'a4', "b'c0"])
  assert.equal((await keys({ take: 0 })).length, 10)
})

testBindings('hundreds of entities of several partitions at once', async ({ read, write }) => {
  const entities = Array.from({ length: 250 }, (_, index) => ({ RowKey: String(index).padStart(3, '0') }))
  await write([
    ...entities.map((entity) => ({ ...entity, PartitionKey: 'one' })),
    ...entities.slice(0, 120).map((entity) => ({ ...entity, PartitionKey: 'two' })),
  ])
  assert.equal(((await read()) as unknown[]).length, 370)
})

testBindings('keys of the binding serve entities without keys of their own', async ({ read, write }) => {
  await write([{ A: 1 }, { RowKey: 'own', A: 2 }], { partitionKey: 'p', rowKey: 'r' })
  const rows = (await read()) as { RowKey: string }[]
  assert.deepEqual(
    rows.map(({ RowKey }) => RowKey),
    ['own', 'r'],
  )
  await assert.rejects(write([{ A: 1 }], { partitionKey: 'p' }), /An entity has no PartitionKey or no RowKey/)
})

testBindings(
  'an entity that exists is not written over, unless its ETag says so',
  async ({ read, write }) => {
    const key = { PartitionKey: 'p', RowKey: 'r' }
    await write([{ ...key, A: 1 }])
    await assert.rejects(write([{ ...key, A: 2 }]), /The specified entity already exists/)
    await write([{ ...key, ETag: '*', A: 3 }])
    const stale = `W/"datetime'2020-01-01T00%3A00%3A00.0000000Z'"`
    await assert.rejects(write([{ ...key, etag: stale, A: 4 }]), /condition/)
    assert.deepEqual(await read({ partitionKey: 'p', rowKey: 'r' }), { ...key, A: 3 })
    // The second write of an entity is a transaction after that of the first.
    await write([
      { PartitionKey: 'p', RowKey: 's', A: 1 },
      { PartitionKey: 'p', RowKey: 's', ETag: '*', A: 2 },
    ])
    assert.deepEqual(await read({ partitionKey: 'p', rowKey: 's' }), { ...key, RowKey: 's', A: 2 })
  },
)

testBindings('text and bytes are JSON, or refused', async ({ read, write }) => {
  await write([
    { kind: 'text', text: '{"PartitionKey":"p","RowKey":"1"}' },
    { kind: 'bytes', bytes: Buffer.from('{"PartitionKey":"p","RowKey":"2"}') },
  ])
  assert.equal(((await read()) as unknown[]).length, 2)
  for (const text of ['plain', '5', 'null'])
    await assert.rejects(write([{ kind: 'text', text }]), /must be an object, or an array of objects/)
})

testBindings(
  'numbers and booleans serve as keys, as the text that .NET makes of them',
  async ({ read, write }) => {
    await write([
      { partitionKey: 'p', rowKey: 1 },
      { PartitionKey: 'p', RowKey: true },
      { kind: 'json', text: '{"PartitionKey":"p","RowKey":12345678901234567890}' },
    ])
    const rows = (await read({ partitionKey: 'p' })) as { RowKey: string }[]
    assert.deepEqual(
      rows.map(({ RowKey }) => RowKey),
      ['1', '12345678901234567890', 'True'],
    )
  },
)

testBindings('what cannot be stored is said by its name', async ({ write }) => {
  const key = { PartitionKey: 'p', RowKey: 'r' }
  const refused = (value: object, message: RegExp) => assert.rejects(write([{ ...key, ...value }]), message)
  await refused({ PartitionKey: [1] }, /The PartitionKey of an entity must be a text, and is \[1\]\./)
  await refused({ RowKey: 'a/b' }, /'a\/b' cannot be the RowKey of an entity\./)
  await refused({ A: 1e300, B: 'x'.repeat(40_000) }, /The property 'B' .* The property value exceeds/)
  const tooLong: OutputValue = {
    kind: 'json',
    text: '{"PartitionKey":"p","RowKey":"r","N":9223372036854775808}',
  }
  await assert.rejects(write([tooLong]), /The property 'N' of an entity cannot be stored/)
})

test('a binding is checked when the app is loaded', () => {
  const { validate } = bindings('embedded')
  validate({ tableName: '{name}', filter: "A eq '{a}'", take: '{n}' })
  assert.throws(() => validate({ tableName: ' ' }), /has no 'tableName'/)
  assert.throws(() => validate({ tableName: 'a-b' }), /'a-b' \('tableName' of the binding 'item'\)/)
  assert.throws(
    () => validate({ filter: 'A is 5' }),
    /'A is 5' \('filter' of the binding 'item'\) is no OData filter/,
  )
  assert.throws(
    () => validate({ take: 'many' }),
    /'many' \('take' of the binding 'item'\) is no whole number/,
  )
  assert.throws(() => validate({ connection: 'Nowhere' }), /The storage connection 'Nowhere' does not exist/)
})
