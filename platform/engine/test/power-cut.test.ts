import assert from 'node:assert/strict'
import { copyFileSync, mkdirSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { Logger } from '@aloft/kernel'
import { VirtualClock } from '@aloft/kernel/testing'
import { SqliteDatabase } from '../src/sqlite/database.ts'
import { temporaryDirectory } from './sqlite-backend.ts'

test('a power cut takes nothing that was acknowledged: it stands in the files as their last sync found them', async () => {
  const directory = await temporaryDirectory()
  const copies: string[] = []
  let durable = -1
  const file = join(directory, 'engine.db')
  const database = new SqliteDatabase({
    file,
    log: new Logger(new VirtualClock(), []),
    interceptSync: async (sync) => {
      // A sync promises no more than what the files hold when it begins.
      const copy = copyTo(file, join(directory, `copy-${copies.length}`))
      const index = copies.push(copy) - 1
      await sync()
      durable = index
    },
  })
  await database.migrate({ service: 'item', steps: ['CREATE TABLE item (id INTEGER PRIMARY KEY)'] })
  /** For each acknowledged row, the newest copy that was on the disk then. */
  const acknowledged = new Map<number, number>()
  const writer = async (first: number) => {
    for (let id = first; id < first + 30; id++) {
      await database.write((transaction) => transaction.run('INSERT INTO item VALUES (?)', id))
      acknowledged.set(id, durable)
    }
  }
  await Promise.all([0, 100, 200, 300].map(writer))
  await database.close()

  assert.equal(acknowledged.size, 120)
  for (const [index, copy] of copies.entries()) {
    const survived = idsIn(copy)
    for (const [id, at] of acknowledged)
      if (at <= index) assert.ok(survived.has(id), `row ${id}, copy ${index}`)
  }
  await rm(directory, { recursive: true })
})

function copyTo(file: string, folder: string): string {
  mkdirSync(folder)
  const copy = join(folder, 'engine.db')
  copyFileSync(file, copy)
  copyFileSync(`${file}-wal`, `${copy}-wal`)
  return copy
}

function idsIn(file: string): Set<number> {
  const database = new DatabaseSync(file)
  const hasTable = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'item'").get()
  const rows = hasTable ? database.prepare('SELECT id FROM item').all() : []
  database.close()
  return new Set(rows.map(({ id }) => Number(id)))
}
