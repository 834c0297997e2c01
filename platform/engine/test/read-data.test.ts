import assert from 'node:assert/strict'
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Logger, systemClock, UserError } from '@aloft/kernel'
import { type Migration, openEngine, type ReadTransaction, readData } from '../src/index.ts'

const migration: Migration = { service: 'shelf', steps: ['CREATE TABLE shelf_item (name TEXT PRIMARY KEY)'] }

async function newFolder(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'aloft-read-'))
  t.after(() => rm(directory, { recursive: true, force: true }))
  return directory
}

async function openShelf(directory: string) {
  const engine = await openEngine({ directory, clock: systemClock, log: new Logger(systemClock, []) })
  await engine.database.migrate(migration)
  const add = (name: string) =>
    engine.database.write((transaction) => transaction.run('INSERT INTO shelf_item VALUES (?)', name))
  return { engine, add }
}

async function names(snapshot: ReadTransaction): Promise<string[]> {
  const rows = await snapshot.all<{ name: string }>('SELECT name FROM shelf_item ORDER BY name')
  return rows.map(({ name }) => name)
}

test('data can be read beside the process that has it open', async (t) => {
  const directory = await newFolder(t)
  const { engine, add } = await openShelf(directory)
  t.after(() => engine.close())
  await add('a')
  assert.deepEqual(await readData(directory, migration, names), ['a'])
  await add('b')
  assert.deepEqual(await readData(directory, migration, names), ['a', 'b'])
})

test('data can be read when nobody has it open, and opened again afterwards', async (t) => {
  const directory = await newFolder(t)
  const first = await openShelf(directory)
  await first.add('a')
  await first.engine.close()
  assert.deepEqual(await readData(directory, migration, names), ['a'])
  const second = await openShelf(directory)
  await second.add('b')
  await second.engine.close()
  assert.deepEqual(await readData(directory, migration, names), ['a', 'b'])
})

test('data of a process that died can be read', async (t) => {
  const directory = await newFolder(t)
  const { engine, add } = await openShelf(directory)
  t.after(() => engine.close())
  await add('a')
  const copy = await newFolder(t)
  for (const file of ['engine.db', 'engine.db-wal']) await cp(join(directory, file), join(copy, file))
  assert.deepEqual(await readData(copy, migration, names), ['a'])
})

test('all of one reading is one state', async (t) => {
  const directory = await newFolder(t)
  const { engine, add } = await openShelf(directory)
  t.after(() => engine.close())
  await add('a')
  const seen = await readData(directory, migration, async (snapshot) => {
    const before = await names(snapshot)
    await add('b')
    return [before, await names(snapshot)]
  })
  assert.deepEqual(seen, [['a'], ['a']])
})

test('nothing is written by a reading', async (t) => {
  const directory = await newFolder(t)
  const { engine } = await openShelf(directory)
  t.after(() => engine.close())
  const remove = (snapshot: ReadTransaction) =>
    snapshot.all("INSERT INTO shelf_item VALUES ('x') RETURNING name")
  await assert.rejects(readData(directory, migration, remove), /readonly/)
})

test('where there is no data, or none of the service, there is nothing', async (t) => {
  const directory = await newFolder(t)
  assert.equal(await readData(directory, migration, names), undefined)
  const { engine } = await openShelf(directory)
  t.after(() => engine.close())
  assert.equal(await readData(directory, { service: 'other', steps: ['x'] }, names), undefined)
})

test('tables of another version, and files that are no database, are a user error', async (t) => {
  const directory = await newFolder(t)
  const { engine } = await openShelf(directory)
  t.after(() => engine.close())
  const newer: Migration = { ...migration, steps: [...migration.steps, 'x'] }
  await assert.rejects(readData(directory, newer, names), /written by an older Aloft/)
  await assert.rejects(readData(directory, { ...migration, steps: [] }, names), /written by a newer Aloft/)
  const other = await newFolder(t)
  await writeFile(join(other, 'engine.db'), 'This is not a database. '.repeat(100))
  await assert.rejects(readData(other, migration, names), UserError)
})
