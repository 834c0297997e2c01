/** Shared access signatures on tables, with the official client. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import {
  AzureNamedKeyCredential,
  AzureSASCredential,
  generateTableSas,
  TableClient,
  type TableSasSignatureValues,
} from '@azure/data-tables'
import { accountKey, accountName, openTableServer } from './table-server.ts'

const server = await openTableServer()
after(() => server.close())
const owner = server.client('shared')
await owner.createTable()
for (const partitionKey of ['a', 'b', 'c'])
  for (const rowKey of ['1', '2', '3']) await owner.createEntity({ partitionKey, rowKey })

function signature(values: TableSasSignatureValues): string {
  const credential = new AzureNamedKeyCredential(accountName, accountKey)
  const expiresOn = new Date(Date.now() + 3_600_000)
  return generateTableSas('shared', credential, { expiresOn, ...values })
}

function guest(values: TableSasSignatureValues): TableClient {
  const sas = signature(values)
  const options = { allowInsecureConnection: true, retryOptions: { maxRetries: 0 } }
  return new TableClient(server.url, 'shared', new AzureSASCredential(sas), options)
}

const forbidden = { statusCode: 403 }

test('a signature allows what its letters say', async () => {
  const reader = guest({ permissions: { query: true } })
  assert.equal((await reader.getEntity('a', '1')).rowKey, '1')
  await assert.rejects(reader.createEntity({ partitionKey: 'a', rowKey: '9' }), forbidden)
  await assert.rejects(reader.deleteEntity('a', '1'), forbidden)
  const adder = guest({ permissions: { add: true } })
  await adder.createEntity({ partitionKey: 'x', rowKey: '1' })
  await assert.rejects(adder.getEntity('x', '1'), forbidden)
  await assert.rejects(adder.upsertEntity({ partitionKey: 'x', rowKey: '2' }), forbidden)
  const writer = guest({ permissions: { add: true, update: true, delete: true } })
  await writer.upsertEntity({ partitionKey: 'x', rowKey: '2' })
  await writer.deleteEntity('x', '1')
  await writer.deleteEntity('x', '2')
})

test('a signature may be sent without naming its table, and is still good for no other', async () => {
  const sas = signature({ permissions: { query: true } }).replace(/&?tn=[^&]*/, '')
  const status = async (table: string) => (await fetch(`${server.url}/${table}?${sas}`)).status
  assert.deepEqual([await status('shared'), await status('other')], [200, 403])
})

test('each change of a transaction needs its letter', async () => {
  const adder = guest({ permissions: { add: true } })
  const failing = adder.submitTransaction([
    ['create', { partitionKey: 'y', rowKey: '1' }],
    ['delete', { partitionKey: 'y', rowKey: '2' }],
  ])
  await assert.rejects(failing, { statusCode: 403, code: 'AuthorizationPermissionMismatch' })
  await assert.rejects(owner.getEntity('y', '1'), { statusCode: 404 })
  const added = await adder.submitTransaction([['create', { partitionKey: 'y', rowKey: '1' }]])
  assert.equal(added.subResponses[0]?.status, 204)
  await owner.deleteEntity('y', '1')
})

test('a signature of one table is good for no other, also not in a transaction', async () => {
  await server.client('private').createTable()
  const body = [
    '--batch_1',
    'Content-Type: multipart/mixed; boundary=changeset_1',
    '',
    '--changeset_1',
    'Content-Type: application/http',
    '',
    `POST ${server.url}/private HTTP/1.1`,
    '',
    '{"PartitionKey":"z","RowKey":"1"}',
    '--changeset_1--',
    '--batch_1--',
  ].join('\r\n')
  const url = `${server.url}/$batch?${signature({ permissions: { add: true } })}`
  const headers = { 'Content-Type': 'multipart/mixed; boundary=batch_1' }
  const answer = await (await fetch(url, { method: 'POST', headers, body })).text()
  assert.match(answer, /HTTP\/1\.1 403 Forbidden[\s\S]*"code":"AuthorizationFailure"/)
  await assert.rejects(server.client('private').getEntity('z', '1'), { statusCode: 404 })
})

test('a signature with key ranges sees and changes nothing beyond them', async () => {
  const values = {
    permissions: { query: true, add: true, update: true, delete: true },
    startPartitionKey: 'a',
    startRowKey: '2',
    endPartitionKey: 'b',
    endRowKey: '1',
  }
  const limited = guest(values)
  const found: string[] = []
  for await (const page of limited.listEntities().byPage({ maxPageSize: 2 }))
    found.push(...page.map(({ partitionKey, rowKey }) => `${partitionKey}${rowKey}`))
  assert.deepEqual(found, ['a2', 'a3', 'b1'])
  assert.equal((await limited.getEntity('a', '2')).rowKey, '2')
  await assert.rejects(limited.getEntity('a', '1'), { statusCode: 404 })
  await assert.rejects(limited.upsertEntity({ partitionKey: 'b', rowKey: '2' }), forbidden)
  await assert.rejects(limited.createEntity({ partitionKey: 'c', rowKey: '4' }), forbidden)
  await assert.rejects(limited.deleteEntity('a', '1'), forbidden)
  await assert.rejects(limited.submitTransaction([['create', { partitionKey: 'c', rowKey: '4' }]]), {
    statusCode: 403,
    code: 'AuthorizationFailure',
  })
})

test('a stored policy gives and takes permission', async () => {
  const expiry = new Date(Date.now() + 3_600_000)
  await owner.setAccessPolicy([{ id: 'p', accessPolicy: { permission: 'r', expiry } }])
  const credential = new AzureNamedKeyCredential(accountName, accountKey)
  const sas = generateTableSas('shared', credential, { identifier: 'p' })
  const options = { allowInsecureConnection: true, retryOptions: { maxRetries: 0 } }
  const reader = new TableClient(server.url, 'shared', new AzureSASCredential(sas), options)
  assert.equal((await reader.getEntity('a', '1')).rowKey, '1')
  await assert.rejects(reader.deleteEntity('a', '1'), forbidden)
  await owner.setAccessPolicy([{ id: 'p', accessPolicy: { permission: 'ra', expiry } }])
  await reader.submitTransaction([['create', { partitionKey: 'y', rowKey: '9' }]])
  await owner.deleteEntity('y', '9')
  await owner.setAccessPolicy([])
  await assert.rejects(reader.getEntity('a', '1'), forbidden)
})
