import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { StorageAccount } from '../../src/contracts.ts'
import { resolveStorageConnection } from '../../src/functions/connections.ts'
import type { StorageHost } from '../../src/functions/embedded-storage.ts'
import { appContext } from './app-context.ts'

const account: StorageAccount = { name: 'mine', keys: ['a2V5MQ==', 'a2V5Mg=='] }
const storage: StorageHost = {
  accounts: { find: (name: string) => (name === 'mine' ? account : undefined) },
  ports: { blob: 5000, queue: 5001, table: 5002 },
}

function resolve(
  settings: Record<string, string>,
  name: string,
  embedded: StorageHost | undefined = storage,
) {
  return resolveStorageConnection(appContext({ settings }), name, 'queue', embedded)
}

test('without AzureWebJobsStorage there is development storage', () => {
  assert.deepEqual(resolve({}, 'AzureWebJobsStorage'), { kind: 'embedded', account: 'devstoreaccount1' })
  assert.deepEqual(resolve({}, 'Storage'), { kind: 'embedded', account: 'devstoreaccount1' })
})

test('development storage is another emulator when this process has none', () => {
  const text = 'UseDevelopmentStorage=true'
  assert.deepEqual(resolveStorageConnection(appContext(), 'AzureWebJobsStorage', 'queue', undefined), {
    kind: 'connection-string',
    text,
  })
  const proxied = `${text};DevelopmentStorageProxyUri=http://azurite`
  assert.deepEqual(resolve({ Here: proxied }, 'Here'), { kind: 'connection-string', text: proxied })
})

test('an account of ours with one of its keys is in this process', () => {
  for (const endpoint of [
    'http://127.0.0.1:5001/mine',
    'http://localhost:5001/mine/',
    'https://mine.queue.localhost:5001',
  ])
    for (const key of account.keys) {
      const text = `AccountName=mine;AccountKey=${key};QueueEndpoint=${endpoint}`
      assert.deepEqual(resolve({ Here: text }, 'Here'), { kind: 'embedded', account: 'mine' }, text)
    }
})

test('another port, key, account or host is elsewhere, and so is a signature', () => {
  for (const text of [
    'AccountName=mine;AccountKey=a2V5MQ==;QueueEndpoint=http://127.0.0.1:10001/mine',
    'AccountName=mine;AccountKey=b3RoZXI=;QueueEndpoint=http://127.0.0.1:5001/mine',
    'AccountName=other;AccountKey=a2V5MQ==;QueueEndpoint=http://127.0.0.1:5001/other',
    'AccountName=mine;AccountKey=a2V5MQ==;QueueEndpoint=http://10.0.0.1:5001/mine',
    'DefaultEndpointsProtocol=https;AccountName=mine;AccountKey=a2V5MQ==;EndpointSuffix=core.windows.net',
    'QueueEndpoint=http://127.0.0.1:5001/mine;SharedAccessSignature=sv=2020-12-06&sig=x',
  ])
    assert.deepEqual(resolve({ There: text }, 'There'), { kind: 'connection-string', text })
})

test('an identity needs a service and something to prove itself with', () => {
  const secret = { AZURE_TENANT_ID: 't', AZURE_CLIENT_ID: 'c', AZURE_CLIENT_SECRET: 's' }
  for (const [part, value, url] of [
    ['queueServiceUri', 'https://q.example', 'https://q.example'],
    ['serviceUri', 'https://s.example', 'https://s.example'],
    ['accountName', 'acct', 'https://acct.queue.core.windows.net'],
  ] as const) {
    const resolved = resolve({ ...secret, [`Id__${part}`]: value }, 'Id')
    assert.equal(resolved.kind === 'identity' && resolved.url, url)
  }
  assert.throws(() => resolve({ Id__queueServiceUri: 'https://q.example' }, 'Id'), /AZURE_TENANT_ID|identity/)
  assert.throws(
    () => resolve({ ...secret, Id__clientId: 'c' }, 'Id'),
    /'Id' says nowhere where its queue service/,
  )
})

test('an identity for a service of this process needs no proof', () => {
  const settings = { Id__queueServiceUri: 'http://127.0.0.1:5001/mine' }
  assert.deepEqual(resolve(settings, 'Id'), { kind: 'embedded', account: 'mine' })
})

test("an account's name alone is enough for one of ours", () => {
  assert.deepEqual(resolve({ Id__accountName: 'mine' }, 'Id'), { kind: 'embedded', account: 'mine' })
  const https = { Id__queueServiceUri: 'https://127.0.0.1:5001/mine', Id__credential: 'managedidentity' }
  assert.deepEqual(resolve(https, 'Id'), { kind: 'embedded', account: 'mine' })
})

test('the development account is that of another emulator when this process has none', () => {
  const app = appContext({ settings: { Id__accountName: 'devstoreaccount1' } })
  assert.deepEqual(resolveStorageConnection(app, 'Id', 'queue', undefined), {
    kind: 'connection-string',
    text: 'UseDevelopmentStorage=true',
  })
})

test('what is missing or wrong is named', () => {
  assert.throws(() => resolve({}, 'Nowhere'), {
    name: 'UserError',
    message: "The storage connection 'Nowhere' does not exist.",
  })
  assert.throws(() => resolve({ Bad: 'nonsense' }, 'Bad'), /'Bad' is no storage connection string/)
  assert.throws(() => resolve({ Bad: 'AccountKey=x' }, 'Bad'), /'Bad' leads to no queue service/)
})

test('a secret is in no message', () => {
  const text = 'AccountKey=c2VjcmV0;x'
  assert.throws(
    () => resolve({ Bad: text }, 'Bad'),
    (error: Error) => !error.message.includes('c2VjcmV0'),
  )
})
