import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openEngine } from '@aloft/engine'
import { Logger } from '@aloft/kernel'
import { VirtualClock } from '@aloft/kernel/testing'

test('writes that follow one another while the engine closes are done or refused', async (context) => {
  const directory = await mkdtemp(join(tmpdir(), 'aloft-engine-'))
  context.after(() => rm(directory, { recursive: true }))
  const clock = new VirtualClock()
  const options = { directory, clock, log: new Logger(clock, []) }
  const { database, close } = await openEngine(options)
  await database.migrate({ service: 'shop', steps: ['CREATE TABLE shop_items (id INTEGER PRIMARY KEY)'] })

  let done = 0
  const writeOn = async () => {
    for (;;) {
      await database.write((transaction) => transaction.run('INSERT INTO shop_items DEFAULT VALUES'))
      done++
      if (done === 20) closing = close()
    }
  }
  let closing: Promise<void> | undefined
  await assert.rejects(writeOn(), /^Error: The database is closed$/)
  await closing

  await using reopened = { ...(await openEngine(options)), [Symbol.asyncDispose]: () => reopened.close() }
  const rows = await reopened.database.read((snapshot) => snapshot.all('SELECT id FROM shop_items'))
  assert.equal(rows.length, done)
})
