import assert from 'node:assert/strict'
import { statSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { Logger } from '@aloft/kernel'
import { VirtualClock } from '@aloft/kernel/testing'
import { SqliteDatabase } from '../src/sqlite/database.ts'
import { temporaryDirectory } from './sqlite-backend.ts'

const mebibyte = 1024 * 1024

test('the write-ahead log stays short under steady writes and reads, and nothing is lost', async () => {
  const directory = await temporaryDirectory()
  const file = join(directory, 'engine.db')
  const database = new SqliteDatabase({ file, log: new Logger(new VirtualClock(), []) })
  await database.migrate({
    service: 'item',
    steps: ['CREATE TABLE item (id INTEGER PRIMARY KEY, body BLOB)'],
  })
  const body = new Uint8Array(64 * 1024)
  let longest = 0
  const writer = async (first: number) => {
    for (let id = first; id < first + 350; id++) {
      await database.write((transaction) => transaction.run('INSERT INTO item VALUES (?, ?)', id, body))
      const row = await database.read((snapshot) => snapshot.get('SELECT 1 FROM item WHERE id = ?', id))
      assert.ok(row)
      longest = Math.max(longest, statSync(`${file}-wal`).size)
    }
  }
  await Promise.all([0, 1_000, 2_000, 3_000].map(writer))
  const count = await database.read((snapshot) =>
    snapshot.get<{ n: number }>('SELECT COUNT(*) AS n FROM item'),
  )
  assert.equal(count?.n, 1_400)
  assert.ok(statSync(file).size > 20 * mebibyte, 'pages were copied while the database was open')
  assert.ok(longest < 64 * mebibyte, `the log grew to ${longest} bytes, for 90 MiB of rows`)
  await database.close()
  await rm(directory, { recursive: true })
})
