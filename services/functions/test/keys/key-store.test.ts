import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Database } from '@aloft/engine'
import { Logger, UserError } from '@aloft/kernel'
import { VirtualClock } from '@aloft/kernel/testing'
import { keyFileName } from '../../src/keys/cipher.ts'
import { type KeyStore, openKeyRing } from '../../src/keys/index.ts'
import { sqliteDatabase } from './sqlite-database.ts'

interface Fixture extends AsyncDisposable {
  readonly database: Database
  readonly directory: string
  open(hostId?: string): Promise<KeyStore>
}

async function fixture(): Promise<Fixture> {
  const database = sqliteDatabase()
  const clock = new VirtualClock()
  const directory = await mkdtemp(join(tmpdir(), 'aloft-keys-'))
  return {
    database,
    directory,
    open: (hostId = 'app') =>
      openKeyRing({
        engine: { database },
        dataDirectory: directory,
        hostId,
        clock,
        log: new Logger(clock, []),
      }),
    async [Symbol.asyncDispose]() {
      await database.close()
      await rm(directory, { recursive: true })
    },
  }
}

test('a new app has a master key and a default host key', async () => {
  await using at = await fixture()
  const keys = await at.open()
  assert.deepEqual(
    keys.list({ kind: 'host' }).map(({ name }) => name),
    ['default'],
  )
  assert.match(keys.masterKey, /^[\w-]{54}==$/)
  assert.deepEqual(keys.list({ kind: 'system' }), [])
})

test('each kind of key reaches its own level', async () => {
  await using at = await fixture()
  const keys = await at.open()
  const own = await keys.put({ kind: 'function', name: 'Orders' }, 'default')
  const host = keys.list({ kind: 'host' })[0]!
  const system = await keys.put({ kind: 'system' }, 'eventgrid_extension')
  assert.equal(keys.levelOf(own.value, 'orders'), 'function')
  assert.equal(keys.levelOf(own.value, 'invoices'), undefined)
  assert.equal(keys.levelOf(own.value, undefined), undefined)
  assert.equal(keys.levelOf(host.value, 'orders'), 'host')
  assert.equal(keys.levelOf(keys.masterKey, 'orders'), 'admin')
  assert.equal(keys.levelOf(system.value, undefined), 'system')
  assert.equal(keys.levelOf('', 'orders'), undefined)
  assert.equal(keys.isSystemKey(system.value, 'EventGrid_extension'), true)
  assert.equal(keys.isSystemKey(system.value, 'durabletask_extension'), false)
  assert.equal(keys.isSystemKey(keys.masterKey, 'eventgrid_extension'), false)
})

test('keys are there after a restart, and apps do not share them', async () => {
  await using at = await fixture()
  const first = await at.open()
  await first.put({ kind: 'host' }, 'partner', 'a-value')
  const again = await at.open()
  assert.deepEqual(again.list({ kind: 'host' }), first.list({ kind: 'host' }))
  assert.equal(again.masterKey, first.masterKey)
  const other = await at.open('other')
  assert.equal(other.levelOf('a-value', 'f'), undefined)
  assert.notEqual(other.masterKey, first.masterKey)
})

test('a key is renewed, replaced and removed under its name, which ignores case', async () => {
  await using at = await fixture()
  const keys = await at.open()
  const made = await keys.put({ kind: 'host' }, 'Partner')
  const renewed = await keys.put({ kind: 'host' }, 'partner')
  assert.equal(made.outcome, 'created')
  assert.equal(renewed.outcome, 'updated')
  assert.notEqual(renewed.value, made.value)
  assert.equal(keys.levelOf(made.value, 'f'), undefined)
  assert.deepEqual(keys.find({ kind: 'host' }, 'PARTNER'), { name: 'Partner', value: renewed.value })
  assert.equal(await keys.remove({ kind: 'host' }, 'PARTNER'), true)
  assert.equal(await keys.remove({ kind: 'host' }, 'partner'), false)
  assert.equal(keys.levelOf(renewed.value, 'f'), undefined)
})

test('a change on one host reaches the others', async () => {
  await using at = await fixture()
  const here = await at.open()
  const there = await at.open()
  await here.put({ kind: 'host' }, 'partner', 'a-value')
  await there.ensure({ kind: 'host' }, 'partner')
  assert.equal(there.levelOf('a-value', 'f'), 'host')
})

test('nothing in the database is readable without the key file, which only its owner may read', async () => {
  await using at = await fixture()
  const keys = await at.open()
  await keys.put({ kind: 'host' }, 'partner', 'plain-secret-value')
  const rows = await at.database.read((snapshot) => snapshot.all('SELECT * FROM functions_keys'))
  const dump = rows
    .flatMap((row) => Object.values(row))
    .flatMap((value) => [String(value), Buffer.from(String(value), 'base64').toString('latin1')])
  assert.ok(!dump.some((value) => value.includes('plain-secret-value') || value.includes(keys.masterKey)))
  const { mode } = await stat(join(at.directory, keyFileName))
  assert.equal(mode & 0o777, 0o600)
})

test('a lost key file is an error that says what to restore', async () => {
  await using at = await fixture()
  await at.open()
  await rm(join(at.directory, keyFileName))
  await assert.rejects(at.open(), (error: UserError) => error.hint?.includes(keyFileName) === true)
  await writeFile(join(at.directory, keyFileName), 'nonsense')
  await assert.rejects(at.open(), UserError)
})

test('a sealed value moved to another row does not open', async () => {
  await using at = await fixture()
  const keys = await at.open()
  await keys.put({ kind: 'function', name: 'f' }, 'default', 'weak')
  await at.database.write((transaction) =>
    transaction.run(
      `UPDATE functions_keys SET sealed_value = (SELECT sealed_value FROM functions_keys WHERE scope = 'function/f')
       WHERE scope = 'master'`,
    ),
  )
  await assert.rejects(at.open(), UserError)
})

test('processes that start together agree on one key file', async () => {
  await using at = await fixture()
  const [one, other] = await Promise.all([at.open(), at.open()])
  assert.equal(one.masterKey, other.masterKey)
  assert.equal(Buffer.from(await readFile(join(at.directory, keyFileName), 'utf8'), 'base64').length, 32)
})
