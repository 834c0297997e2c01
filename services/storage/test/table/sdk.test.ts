/** Table Storage as the official client sees it. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { type TableClient, type TableServiceClient, TableTransaction } from '@azure/data-tables'
import { openTableServer } from './table-server.ts'

const server = await openTableServer()
after(() => server.close())

let count = 0

/** A new table. */
async function newTable(): Promise<TableClient> {
  const client = server.client(`table${++count}`)
  await client.createTable()
  return client
}

/** For `assert.rejects`: what the client makes of an error of the service. */
function refusal(statusCode: number, code: string) {
  return (error: unknown) => {
    const {
      statusCode: status,
      details,
      code: own,
    } = error as {
      statusCode: number
      code?: string
      details?: { odataError?: { code: string }; errorCode?: string }
    }
    assert.deepEqual([status, own ?? details?.odataError?.code ?? details?.errorCode], [statusCode, code])
    return true
  }
}

async function rowKeys(client: TableClient, filter: string): Promise<string[]> {
  const keys: string[] = []
  for await (const { rowKey } of client.listEntities({ queryOptions: { filter } })) keys.push(String(rowKey))
  return keys
}

test('tables are created once, found by filter, and deleted', async () => {
  const { service }: { service: TableServiceClient } = server
  await service.createTable('Alpha')
  await service.createTable('Beta')
  // The client takes it for success that a table is there already.
  await service.createTable('ALPHA')
  const names = async (filter: string) => {
    const found: string[] = []
    for await (const { name } of service.listTables({ queryOptions: { filter } })) found.push(String(name))
    return found
  }
  assert.deepEqual(await names("TableName eq 'Alpha' or TableName eq 'Beta'"), ['Alpha', 'Beta'])
  assert.deepEqual(await names("TableName ge 'B' and TableName lt 'C'"), ['Beta'])
  await service.deleteTable('alpha')
  assert.deepEqual(await names("TableName eq 'Alpha'"), [])
})

test('lists of tables have pages', async () => {
  for (const name of ['Page1', 'Page2', 'Page3']) await server.service.createTable(name)
  const options = { queryOptions: { filter: "TableName ge 'Page1' and TableName le 'Page3'" } }
  const pages: number[] = []
  for await (const page of server.service.listTables(options).byPage({ maxPageSize: 2 }))
    pages.push(page.length)
  assert.deepEqual(pages, [2, 1])
})

test('every type of property comes back as it was', async () => {
  const client = await newTable()
  const entity = {
    partitionKey: 'p',
    rowKey: 'types',
    text: 'Grüße "quoted" \\ 😀',
    empty: '',
    int32: -5,
    int64: 9007199254740993n,
    double: 1.5,
    whole: { type: 'Double', value: '7' },
    nan: { type: 'Double', value: 'NaN' },
    yes: true,
    date: new Date('2026-01-02T03:04:05.678Z'),
    guid: { type: 'Guid', value: '01234567-89ab-cdef-0123-456789abcdef' },
    bytes: new Uint8Array([0, 1, 255]),
  } as const
  await client.createEntity(entity)
  const read = await client.getEntity('p', 'types')
  const { etag, timestamp, 'odata.metadata': metadata, ...rest } = read as Record<string, unknown>
  assert.deepEqual(rest, { ...entity, whole: 7, nan: 'NaN', bytes: Buffer.from([0, 1, 255]) })
  assert.match(String(timestamp), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z$/)
  assert.equal(etag, `W/"datetime'${encodeURIComponent(String(timestamp))}'"`)
  assert.equal(metadata, `${server.url}/$metadata#${client.tableName}/@Element`)
})

test('entities are inserted once, updated, merged and deleted', async () => {
  const client = await newTable()
  const key = { partitionKey: "O'Neil & sons", rowKey: 'ключ %20+' }
  await client.createEntity({ ...key, a: 1, b: 2 })
  await assert.rejects(client.createEntity({ ...key }), refusal(409, 'EntityAlreadyExists'))
  await client.updateEntity({ ...key, b: 3 }, 'Merge')
  const merged = await client.getEntity<{ a?: number; b: number }>(key.partitionKey, key.rowKey)
  assert.deepEqual([merged.a, merged.b], [1, 3])
  await client.updateEntity({ ...key, b: 4 }, 'Replace', { etag: merged.etag })
  const replaced = await client.getEntity<{ a?: number; b: number }>(key.partitionKey, key.rowKey)
  assert.deepEqual([replaced.a, replaced.b], [undefined, 4])
  await client.deleteEntity(key.partitionKey, key.rowKey)
  await assert.rejects(client.getEntity(key.partitionKey, key.rowKey), refusal(404, 'ResourceNotFound'))
})

test('upserts insert or change, updates need the entity', async () => {
  const client = await newTable()
  const key = { partitionKey: '', rowKey: '' }
  await assert.rejects(client.updateEntity(key, 'Merge'), refusal(404, 'ResourceNotFound'))
  await assert.rejects(client.updateEntity(key, 'Replace'), refusal(404, 'ResourceNotFound'))
  await client.upsertEntity({ ...key, a: 1 }, 'Merge')
  await client.upsertEntity({ ...key, b: 1 }, 'Merge')
  assert.equal((await client.getEntity('', '')).a, 1)
  await client.upsertEntity({ ...key, b: 1 }, 'Replace')
  assert.equal((await client.getEntity('', '')).a, undefined)
})

test('an ETag that is out of date is refused', async () => {
  const client = await newTable()
  const key = { partitionKey: 'p', rowKey: 'r' }
  const { etag } = await client.createEntity(key)
  await client.upsertEntity({ ...key, a: 1 })
  const stale = refusal(412, 'UpdateConditionNotSatisfied')
  await assert.rejects(client.updateEntity(key, 'Merge', { etag: etag! }), stale)
  await assert.rejects(client.updateEntity(key, 'Replace', { etag: etag! }), stale)
  await assert.rejects(client.deleteEntity('p', 'r', { etag: etag! }), stale)
  await assert.rejects(client.deleteEntity('p', 'r', { etag: 'x' }), refusal(400, 'InvalidInput'))
})

test('a table that is missing is said to be', async () => {
  const client = server.client('missing')
  const missing = refusal(404, 'TableNotFound')
  await assert.rejects(client.createEntity({ partitionKey: 'p', rowKey: 'r' }), missing)
  await assert.rejects(client.getEntity('p', 'r'), missing)
  await assert.rejects(client.deleteEntity('p', 'r'), missing)
  await assert.rejects(client.upsertEntity({ partitionKey: 'p', rowKey: 'r' }), missing)
  await assert.rejects(rowKeys(client, ''), missing)
  await assert.rejects(client.getAccessPolicy(), missing)
  await assert.rejects(client.submitTransaction([['create', { partitionKey: 'p', rowKey: 'r' }]]), missing)
})

test('names that no table can have are refused', async () => {
  for (const name of ['1abc', 'a-b-c', 'tables'])
    await assert.rejects(server.service.createTable(name), refusal(400, 'InvalidResourceName'))
  for (const name of ['ab', 'a'.repeat(64)])
    await assert.rejects(server.service.createTable(name), refusal(400, 'OutOfRangeInput'))
})

test('what an entity cannot have is refused', async () => {
  const client = await newTable()
  const key = { partitionKey: 'p', rowKey: 'r' }
  const cases: readonly [object, string][] = [
    [{ partitionKey: 'a/b', rowKey: 'r' }, 'OutOfRangeInput'],
    [{ partitionKey: 'a'.repeat(513), rowKey: 'r' }, 'KeyValueTooLarge'],
    [{ ...key, text: 'x'.repeat(32 * 1024 + 1) }, 'PropertyValueTooLarge'],
    [{ ...key, 'not-good': 1 }, 'PropertyNameInvalid'],
    [{ ...key, id: { type: 'Guid', value: 'x' } }, 'InvalidInput'],
    [
      { ...key, ...Object.fromEntries(Array.from({ length: 253 }, (_, index) => [`p${index}`, 1])) },
      'TooManyProperties',
    ],
  ]
  for (const [entity, code] of cases)
    await assert.rejects(client.createEntity(entity as typeof key), refusal(400, code))
  const huge = Object.fromEntries(
    Array.from({ length: 130 }, (_, index) => [`p${index}`, 'x'.repeat(32 * 1024)]),
  )
  await assert.rejects(client.createEntity({ ...key, ...huge }), refusal(413, 'RequestBodyTooLarge'))
})

test('queries filter, select and page', async () => {
  const client = await newTable()
  const create = (rowKey: string, age: number) =>
    client.createEntity({
      partitionKey: Number(rowKey) % 2 === 0 ? 'even' : 'odd',
      rowKey,
      age,
      city: 'Rome',
    })
  for (let index = 0; index < 10; index++) await create(String(index), index)
  assert.deepEqual(await rowKeys(client, "PartitionKey eq 'even' and age gt 4"), ['6', '8'])
  assert.deepEqual(await rowKeys(client, "RowKey ge '8'"), ['8', '9'])
  await assert.rejects(rowKeys(client, 'age eq'), refusal(400, 'InvalidInput'))
  const pages = []
  for await (const page of client.listEntities().byPage({ maxPageSize: 4 })) pages.push(page.length)
  assert.deepEqual(pages, [4, 4, 2])
  const [chosen] = await client
    .listEntities({ queryOptions: { select: ['age', 'nothing'] } })
    .next()
    .then(({ value }) => [value])
  assert.deepEqual([chosen.age, chosen.city, chosen.rowKey], [0, undefined, undefined])
  const one = await client.getEntity('odd', '1', { queryOptions: { select: ['city'] } })
  assert.deepEqual([one.city, one.age], ['Rome', undefined])
})

test('a page goes on where the one before ended, also from its token', async () => {
  const client = await newTable()
  for (const rowKey of ['ä', 'б', '😀']) await client.createEntity({ partitionKey: 'ключ', rowKey })
  const first = await client.listEntities().byPage({ maxPageSize: 1 }).next()
  const { continuationToken } = first.value
  const rest = await client.listEntities().byPage({ maxPageSize: 5, continuationToken }).next()
  assert.deepEqual(
    [...first.value, ...rest.value].map(({ rowKey }) => rowKey),
    ['ä', 'б', '😀'],
  )
})

test('a transaction makes all changes or none', async () => {
  const client = await newTable()
  await client.createEntity({ partitionKey: 'p', rowKey: 'there', a: 1 })
  const transaction = new TableTransaction()
  transaction.createEntity({ partitionKey: 'p', rowKey: "o'ne" })
  transaction.upsertEntity({ partitionKey: 'p', rowKey: 'two', b: 2 }, 'Replace')
  transaction.updateEntity({ partitionKey: 'p', rowKey: 'there', b: 2 }, 'Merge')
  const answer = await client.submitTransaction(transaction.actions)
  assert.deepEqual(
    answer.subResponses.map(({ status }) => status),
    [204, 204, 204],
  )
  assert.equal(answer.getResponseForEntity('two')?.etag, (await client.getEntity('p', 'two')).etag)
  const failing = client.submitTransaction([
    ['delete', { partitionKey: 'p', rowKey: 'two' }],
    ['update', { partitionKey: 'p', rowKey: 'nobody' }],
  ])
  await assert.rejects(failing, (error: Error & { code: string; statusCode: number }) => {
    assert.deepEqual([error.statusCode, error.code], [404, 'ResourceNotFound'])
    assert.match(error.message, /^1:The specified resource does not exist\.\nRequestId:/)
    return true
  })
  assert.deepEqual(await rowKeys(client, ''), ["o'ne", 'there', 'two'])
})

test('a transaction that is none is refused', async () => {
  const client = await newTable()
  const key = { partitionKey: 'p', rowKey: 'r' }
  await assert.rejects(
    client.submitTransaction([
      ['create', key],
      ['upsert', key],
    ]),
    refusal(400, 'InvalidDuplicateRow'),
  )
  const many = Array.from({ length: 101 }, (_, index): ['create', typeof key] => [
    'create',
    { partitionKey: 'p', rowKey: String(index) },
  ])
  await assert.rejects(client.submitTransaction(many), (error: Error) => {
    assert.match(
      error.message,
      /^0:The batch request operation exceeds the maximum 100 changes per change set\./,
    )
    return true
  })
  const answer = await client.submitTransaction(many.slice(0, 100))
  assert.equal(answer.subResponses.length, 100)
})

test('stored policies come back, and there are at most five', async () => {
  const client = await newTable()
  const policy = {
    id: 'readers',
    accessPolicy: {
      start: new Date('2026-01-01T00:00:00Z'),
      expiry: new Date('2027-01-01T00:00:00Z'),
      permission: 'r',
    },
  }
  await client.setAccessPolicy([policy])
  const read = await client.getAccessPolicy()
  assert.deepEqual([...read], [policy])
  const six = Array.from({ length: 6 }, (_, index) => ({ id: String(index) }))
  await assert.rejects(client.setAccessPolicy(six), refusal(400, 'InvalidXmlDocument'))
  await assert.rejects(
    client.setAccessPolicy([{ id: 'a', accessPolicy: { permission: 'rx' } }]),
    refusal(400, 'InvalidXmlDocument'),
  )
})
