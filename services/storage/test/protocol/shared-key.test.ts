import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { systemClock } from '@aloft/kernel'
import { TableClient, TableServiceClient } from '@azure/data-tables'
import { BlobServiceClient } from '@azure/storage-blob'
import { QueueServiceClient } from '@azure/storage-queue'
import fc from 'fast-check'
import { developmentAccountKey } from '../../src/accounts/account-name.ts'
import { signingAccount } from '../../src/accounts/accounts.ts'
import type { ServiceName, StorageProtocol } from '../../src/contracts.ts'
import { type Authentication, authenticate } from '../../src/protocol/auth/authenticate.ts'
import { TokenVerifier } from '../../src/protocol/auth/tokens.ts'
import { StorageError } from '../../src/protocol/storage-error.ts'
import { type ClientRequest, catcher, developmentAccount, requestOf, type SentRequest } from './request-of.ts'
import { blobCredential, once, queueCredential, tableCredential } from './sdk-clients.ts'

const protocol: StorageProtocol = {
  service: 'blob',
  route: () => {
    throw new Error('Nothing is routed')
  },
  containerOf: () => '',
  policies: async () => undefined,
  publicAccess: async () => 'none',
}
const settings: Authentication = {
  tokens: new TokenVerifier({ level: 'verify', issuers: [] }, systemClock),
  maxDateSkewMs: 900_000,
  authorizationUri: 'https://login.example.com/tenant/oauth2/authorize',
}
const blobUrl = 'http://127.0.0.1:10000/devstoreaccount1'

function identify(client: ClientRequest) {
  return authenticate(requestOf(client), protocol, settings)
}

function accepts(service: ServiceName, sent: SentRequest): boolean {
  const identity = identify({ service, method: sent.method, url: sent.url, headers: sent.headers })
  return 'kind' in identity && identity.kind === 'key'
}

function refusal(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    if (error instanceof StorageError) return error.code
    throw error
  }
  throw new Error('It was not refused')
}

/** As a client by hand would: no SDK has SharedKeyLite for blobs. */
function signed(text: string, scheme: string, headers: [string, string][]): [string, string][] {
  const signature = createHmac('sha256', Buffer.from(developmentAccountKey, 'base64'))
    .update(text)
    .digest('base64')
  return [...headers, ['Authorization', `${scheme} devstoreaccount1:${signature}`]]
}

test('what the Blob SDK signs is accepted', async () => {
  const caught = catcher()
  const client = new BlobServiceClient(blobUrl, blobCredential, {
    ...once,
    httpClient: caught.httpClient as never,
  })
  const container = client.getContainerClient('box')
  const calls = [
    () => client.getProperties(),
    () => client.listContainers({ prefix: 'a b+c/ü' }).next(),
    () => container.create({ metadata: { one: '1', Two_2: 'two  words' } }),
    () =>
      container.getBlockBlobClient('dir/ü %41+.txt').upload('hello', 5, { conditions: { ifMatch: '"0x1"' } }),
    () => container.getBlobClient('b').download(3, 5),
    () => container.getBlockBlobClient('b').stageBlock('AAAA', 'x', 1),
  ]
  for (const call of calls) assert.ok(accepts('blob', await caught.catch(call)))
})

test('what the Queue SDK signs is accepted', async () => {
  const caught = catcher()
  const client = new QueueServiceClient('http://127.0.0.1:10001/devstoreaccount1', queueCredential, {
    ...once,
    httpClient: caught.httpClient as never,
  })
  const queue = client.getQueueClient('work')
  for (const call of [
    () => client.getProperties(),
    () => queue.sendMessage('<hello>'),
    () => queue.deleteMessage('id', 'AgAAAAMAAAAAAAAA+/=='),
  ])
    assert.ok(accepts('queue', await caught.catch(call)))
})

test('what the Tables SDK signs is accepted', async () => {
  const caught = catcher()
  const options = { ...once, httpClient: caught.httpClient as never, allowInsecureConnection: true }
  const url = 'http://127.0.0.1:10002/devstoreaccount1'
  const service = new TableServiceClient(url, tableCredential, options)
  const table = new TableClient(url, 'people', tableCredential, options)
  for (const call of [
    () => service.getProperties(),
    () => table.getEntity("o'brien", 'ü/1'),
    () => table.createEntity({ partitionKey: 'p', rowKey: 'r' }),
    () => table.submitTransaction([['create', { partitionKey: 'p', rowKey: 'r' }]]),
  ])
    assert.ok(accepts('table', await caught.catch(call)))
})

test('the SDK signs the name of the secondary, older clients that of the account: both are accepted', async () => {
  const caught = catcher()
  const client = new BlobServiceClient(`${blobUrl}-secondary`, blobCredential, {
    ...once,
    httpClient: caught.httpClient as never,
  })
  assert.ok(accepts('blob', await caught.catch(() => client.getStatistics())))
  const date = new Date().toUTCString()
  const text = `GET\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:${date}\nx-ms-version:2021-08-06\n/devstoreaccount1/devstoreaccount1/\ncomp:stats\nrestype:service`
  const headers = signed(text, 'SharedKey', [
    ['x-ms-date', date],
    ['x-ms-version', '2021-08-06'],
  ])
  const identity = identify({ url: `${blobUrl}-secondary/?restype=service&comp=stats`, headers })
  assert.deepEqual(identity, { kind: 'key' })
})

test('metadata is signed in an order of its own, whatever the names are', async () => {
  const caught = catcher()
  const client = new BlobServiceClient(blobUrl, blobCredential, {
    ...once,
    httpClient: caught.httpClient as never,
  })
  const name = fc.stringMatching(/^[a-z_][a-z0-9_]{0,6}$/)
  const metadata = fc.dictionary(name, fc.stringMatching(/^[a-z0-9]{1,5}$/), { minKeys: 1, maxKeys: 8 })
  await fc.assert(
    fc.asyncProperty(metadata, async (each) => {
      const sent = await caught.catch(() =>
        client.getContainerClient('box').create({ metadata: { ...each } }),
      )
      assert.ok(accepts('blob', sent))
    }),
    { numRuns: 200 },
  )
})

test('a header that is sent twice is signed once, with both values', () => {
  const date = new Date().toUTCString()
  const text = `GET\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:${date}\nx-ms-meta-a:1,2\n/devstoreaccount1/devstoreaccount1/c`
  const headers = signed(text, 'SharedKey', [
    ['x-ms-date', date],
    ['x-ms-meta-a', '1'],
    ['X-Ms-Meta-A', '2'],
  ])
  assert.deepEqual(identify({ url: `${blobUrl}/c`, headers }), { kind: 'key' })
})

test('a query parameter that is sent twice is signed once, with its values sorted', () => {
  const date = new Date().toUTCString()
  const text = `GET\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:${date}\n/devstoreaccount1/devstoreaccount1/c\ninclude:a,b`
  const headers = signed(text, 'SharedKey', [['x-ms-date', date]])
  assert.deepEqual(identify({ url: `${blobUrl}/c?include=b&Include=a`, headers }), { kind: 'key' })
})

test('a plus in the query may be signed as a space or as itself', () => {
  for (const value of ['a b', 'a+b']) {
    const date = new Date().toUTCString()
    const text = `GET\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:${date}\n/devstoreaccount1/devstoreaccount1/c\nprefix:${value}`
    const headers = signed(text, 'SharedKey', [['x-ms-date', date]])
    assert.deepEqual(identify({ url: `${blobUrl}/c?prefix=a+b`, headers }), { kind: 'key' })
  }
})

test('a length of zero is signed as such before 2015, and as nothing since', () => {
  for (const [version, length] of [
    ['2014-02-14', '0'],
    ['2015-02-21', ''],
  ] as const) {
    const date = new Date().toUTCString()
    const text = `PUT\n\n\n${length}\n\n\n\n\n\n\n\n\nx-ms-date:${date}\nx-ms-version:${version}\n/devstoreaccount1/devstoreaccount1/c\nrestype:container`
    const headers = signed(text, 'SharedKey', [
      ['Content-Length', '0'],
      ['x-ms-date', date],
      ['x-ms-version', version],
    ])
    const identity = identify({ method: 'PUT', url: `${blobUrl}/c?restype=container`, headers })
    assert.deepEqual(identity, { kind: 'key' })
  }
})

test('SharedKeyLite signs less, for every service', () => {
  const date = new Date().toUTCString()
  const blobText = `GET\n\n\n\nx-ms-date:${date}\n/devstoreaccount1/devstoreaccount1/c?comp=list`
  const blob = identify({
    url: `${blobUrl}/c?restype=container&comp=list`,
    headers: signed(blobText, 'SharedKeyLite', [['x-ms-date', date]]),
  })
  assert.deepEqual(blob, { kind: 'key' })
  const tableText = `${date}\n/devstoreaccount1/devstoreaccount1/people()`
  const table = identify({
    service: 'table',
    url: 'http://127.0.0.1:10002/devstoreaccount1/people()',
    headers: signed(tableText, 'SharedKeyLite', [['Date', date]]),
  })
  assert.deepEqual(table, { kind: 'key' })
})

test('the longer SharedKey of tables is accepted too', () => {
  const date = new Date().toUTCString()
  const text = `POST\n\napplication/json\n${date}\n/devstoreaccount1/devstoreaccount1/?comp=properties`
  const identity = identify({
    service: 'table',
    method: 'POST',
    url: 'http://127.0.0.1:10002/devstoreaccount1/?restype=service&comp=properties',
    headers: signed(text, 'SharedKey', [
      ['Content-Type', 'application/json'],
      ['x-ms-date', date],
    ]),
  })
  assert.deepEqual(identity, { kind: 'key' })
})

test('the second key is as good as the first', async () => {
  const caught = catcher()
  const other = Buffer.from('another key').toString('base64')
  const client = new BlobServiceClient(blobUrl, blobCredential, {
    ...once,
    httpClient: caught.httpClient as never,
  })
  const sent = await caught.catch(() => client.getProperties())
  const account = signingAccount(
    { name: developmentAccount.name, keys: [other, developmentAccountKey] },
    true,
  )
  const identity = identify({ url: sent.url, headers: sent.headers, account })
  assert.deepEqual(identity, { kind: 'key' })
})

test('a changed request is refused', async () => {
  const caught = catcher()
  const client = new BlobServiceClient(blobUrl, blobCredential, {
    ...once,
    httpClient: caught.httpClient as never,
  })
  const sent = await caught.catch(() => client.getProperties())
  assert.equal(
    refusal(() => accepts('blob', { ...sent, method: 'PUT' })),
    'AuthenticationFailed',
  )
  assert.equal(
    refusal(() => accepts('blob', { ...sent, url: `${sent.url}&more=1` })),
    'AuthenticationFailed',
  )
})

test('a date that is more than 15 minutes away is refused', async () => {
  const caught = catcher()
  const client = new BlobServiceClient(blobUrl, blobCredential, {
    ...once,
    httpClient: caught.httpClient as never,
  })
  const sent = await caught.catch(() => client.getProperties())
  const late = { url: sent.url, headers: sent.headers, now: Date.now() + 16 * 60_000 }
  assert.equal(
    refusal(() => identify(late)),
    'AuthenticationFailed',
  )
  const relaxed = { ...settings, maxDateSkewMs: Number.POSITIVE_INFINITY }
  assert.deepEqual(authenticate(requestOf(late), protocol, relaxed), { kind: 'key' })
})

test('an authorization of no known form is refused as such', () => {
  for (const value of ['', 'SharedKey', 'SharedKey devstoreaccount1', 'Basic eDp5', 'SharedKey :abc']) {
    const headers: [string, string][] = [['Authorization', value]]
    assert.equal(
      refusal(() => identify({ url: blobUrl, headers })),
      'InvalidAuthenticationInfo',
      value,
    )
  }
})
