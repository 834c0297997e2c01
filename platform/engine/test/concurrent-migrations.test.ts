import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openEngine } from '@aloft/engine'
import { Logger } from '@aloft/kernel'
import { VirtualClock } from '@aloft/kernel/testing'

test('two who migrate the same service at once share its tables', async (context) => {
  const directory = await mkdtemp(join(tmpdir(), 'aloft-engine-'))
  const clock = new VirtualClock()
  const { database, close } = await openEngine({ directory, clock, log: new Logger(clock, []) })
  context.after(async () => {
    await close()
    await rm(directory, { recursive: true })
  })
  const migration = {
    service: 'shop',
    steps: [
      'CREATE TABLE shop_items (id INTEGER PRIMARY KEY)',
      'ALTER TABLE shop_items ADD COLUMN name TEXT',
    ],
  }

  await Promise.all([database.migrate(migration), database.migrate(migration), database.migrate(migration)])

  await database.write((transaction) => transaction.run("INSERT INTO shop_items VALUES (1, 'rope')"))
  const items = await database.read((snapshot) => snapshot.all('SELECT id, name FROM shop_items'))
  assert.deepEqual(
    items.map((item) => ({ ...item })),
    [{ id: 1, name: 'rope' }],
  )
})
