import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type Database, openEngine } from '@aloft/engine'
import { Logger, systemClock } from '@aloft/kernel'
import { VirtualClock } from '@aloft/kernel/testing'
import { connectionStringOf, developmentAccountKey } from '../../src/accounts/account-name.ts'
import { Accounts } from '../../src/accounts/accounts.ts'
import { parseAzuriteAccounts } from '../../src/accounts/environment-accounts.ts'
import { accountsMigration } from '../../src/accounts/schema.ts'
import { ServicePropertiesStore } from '../../src/accounts/service-properties-store.ts'
import { defaultServiceProperties } from '../../src/protocol/service-properties.ts'

async function openDatabase(t: TestContext): Promise<Database> {
  const directory = await mkdtemp(join(tmpdir(), 'aloft-accounts-'))
  const engine = await openEngine({ directory, clock: systemClock, log: new Logger(systemClock, []) })
  t.after(async () => {
    await engine.close()
    await rm(directory, { recursive: true, force: true })
  })
  await engine.database.migrate(accountsMigration)
  return engine.database
}

const clock = new VirtualClock()
const key = Buffer.from('a key').toString('base64')

test('the development account is always there, with the key that everybody knows', async (t) => {
  const accounts = await Accounts.open(await openDatabase(t), clock)
  assert.deepEqual(accounts.find('devstoreaccount1')?.keys, [developmentAccountKey, developmentAccountKey])
})

test('an account that was made is there after a restart, with two keys of its own', async (t) => {
  const database = await openDatabase(t)
  const made = await (await Accounts.open(database, clock)).create('photos')
  assert.notEqual(made.keys[0], made.keys[1])
  assert.equal(Buffer.from(made.keys[0], 'base64').length, 64)
  const again = await Accounts.open(database, clock)
  assert.deepEqual(again.find('photos')?.keys, made.keys)
  assert.deepEqual(
    again.list().map(({ name }) => name),
    ['devstoreaccount1', 'photos'],
  )
})

test('a rotation changes one key and leaves the other', async (t) => {
  const accounts = await Accounts.open(await openDatabase(t), clock)
  const { keys } = await accounts.create('photos')
  const { keys: second } = await accounts.rotate('photos', 'key2')
  assert.equal(second[0], keys[0])
  assert.notEqual(second[1], keys[1])
  assert.deepEqual(accounts.find('photos')?.keys, second)
})

test('an account that was removed is gone, and its properties with it', async (t) => {
  const database = await openDatabase(t)
  const accounts = await Accounts.open(database, clock)
  const properties = await ServicePropertiesStore.open(database)
  await accounts.create('photos')
  await properties.set('photos', 'blob', { ...defaultServiceProperties, defaultServiceVersion: '2021-08-06' })
  await accounts.remove('photos', (transaction) => properties.remove(transaction, 'photos'))
  assert.equal(accounts.find('photos'), undefined)
  assert.equal(properties.of('photos', 'blob'), defaultServiceProperties)
})

test('names and keys that cannot be are refused', async (t) => {
  const accounts = await Accounts.open(await openDatabase(t), clock)
  for (const name of ['ab', 'Photos', 'my-photos', 'a'.repeat(25)])
    await assert.rejects(accounts.create(name), /cannot be the name of a storage account/)
  await assert.rejects(accounts.create('photos', ['no base64!', key]), /is not base64/)
  await accounts.create('photos')
  await assert.rejects(accounts.create('photos'), /There is a storage account photos already/)
})

test('accounts that are not the user’s cannot be changed', async (t) => {
  const fixed = parseAzuriteAccounts(`fixed1:${key}`)
  const accounts = await Accounts.open(await openDatabase(t), clock, fixed)
  await assert.rejects(accounts.rotate('devstoreaccount1', 'key1'), /cannot have its keys changed/)
  await assert.rejects(
    accounts.remove('fixed1', async () => {}),
    /cannot be deleted/,
  )
  await assert.rejects(accounts.rotate('nobody', 'key1'), /There is no storage account nobody/)
})

test('AZURITE_ACCOUNTS is read as Azurite reads it', () => {
  const other = Buffer.from('another').toString('base64')
  assert.deepEqual(parseAzuriteAccounts(`one1:${key};two2:${key}:${other};`), [
    { name: 'one1', keys: [key, key] },
    { name: 'two2', keys: [key, other] },
  ])
  assert.deepEqual(parseAzuriteAccounts(undefined), [])
  for (const bad of ['one1', 'one1:', `One:${key}`, `one1:${key}:${key}:${key}`])
    assert.throws(() => parseAzuriteAccounts(bad), { name: 'UserError' })
})

test('a connection string has what the SDKs look for', () => {
  const at = (port: number) => `http://127.0.0.1:${port}/photos`
  const text = connectionStringOf('photos', key, { blob: at(1), queue: at(2), table: at(3) })
  assert.equal(
    text,
    `DefaultEndpointsProtocol=http;AccountName=photos;AccountKey=${key};BlobEndpoint=${at(1)};QueueEndpoint=${at(2)};TableEndpoint=${at(3)};`,
  )
})
