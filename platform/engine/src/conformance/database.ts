import assert from 'node:assert/strict'
import { UserError } from '@aloft/kernel'
import { type Backend, type Bench, testEngine } from './backend.ts'

const migration = { service: 'shop', steps: ['CREATE TABLE shop_item (id INTEGER PRIMARY KEY, name TEXT)'] }
const insert = 'INSERT INTO shop_item (id, name) VALUES (?, ?)'

/** Declares the tests of transactions, snapshots, wake-ups and migrations. */
export function testDatabase(backend: Backend): void {
  testTransactions(backend)
  testWakeUps(backend)
  testMigrations(backend)
}

function testTransactions(backend: Backend): void {
  testShop(backend, 'what is written is read', async ({ database }) => {
    const { changes } = await database.write((transaction) => transaction.run(insert, 1, 'rope'))
    assert.equal(changes, 1)
    const name = await database.write(async (transaction) => {
      await transaction.run('UPDATE shop_item SET name = ? WHERE id = ?', 'tar', 1)
      return (await transaction.get<{ name: string }>('SELECT name FROM shop_item WHERE id = ?', 1))?.name
    })
    assert.equal(name, 'tar')
    assert.deepEqual(await names({ database }), ['tar'])
  })

  testShop(
    backend,
    'of transactions that arrive together only the one that throws is undone',
    async (bench) => {
      const { database } = bench
      const results = await Promise.allSettled(
        [1, 2, 3, 4].map((id) =>
          database.write(async (transaction) => {
            await transaction.run(insert, id, `item ${id}`)
            if (id === 2) throw new Error('sold out')
            if (id === 3) await transaction.run(insert, 1, 'twice')
            return id
          }),
        ),
      )
      assert.deepEqual(
        results.map(({ status }) => status),
        ['fulfilled', 'rejected', 'rejected', 'fulfilled'],
      )
      assert.deepEqual(await names(bench), ['item 1', 'item 4'])
    },
  )

  testShop(backend, 'transactions run one after the other, in order of arrival', async ({ database }) => {
    const seen: number[] = []
    const writes = [1, 2, 3].map((id) =>
      database.write(async (transaction) => {
        const row = await transaction.get<{ count: number }>('SELECT COUNT(*) AS count FROM shop_item')
        await transaction.run(insert, id, 'x')
        seen.push(Number(row?.count))
      }),
    )
    await Promise.all(writes)
    assert.deepEqual(seen, [0, 1, 2])
  })

  testShop(backend, 'a transaction that is used after its end throws', async ({ database }) => {
    const transaction = await database.write((transaction) => transaction)
    await assert.rejects(transaction.run(insert, 1, 'late'), /ended/)
    const snapshot = await database.read((snapshot) => snapshot)
    await assert.rejects(snapshot.all('SELECT 1'), /ended/)
  })

  testShop(backend, 'a snapshot does not change while others write', async (bench) => {
    const { database } = bench
    await database.write((transaction) => transaction.run(insert, 1, 'before'))
    const seen = await database.read(async (snapshot) => {
      const first = await snapshot.all('SELECT id FROM shop_item')
      await database.write((transaction) => transaction.run(insert, 2, 'meanwhile'))
      const second = await snapshot.all('SELECT id FROM shop_item')
      return [first.length, second.length]
    })
    assert.deepEqual(seen, [1, 1])
    assert.deepEqual(await names(bench), ['before', 'meanwhile'])
  })

  testShop(backend, 'a reader sees what was acknowledged before it began', async ({ database }) => {
    for (let id = 1; id <= 50; id++) {
      void database.write((transaction) => transaction.run(insert, 1_000 + id, 'noise'))
      await database.write((transaction) => transaction.run(insert, id, 'x'))
      const row = await database.read((snapshot) => snapshot.get('SELECT 1 FROM shop_item WHERE id = ?', id))
      assert.ok(row, `row ${id}`)
    }
  })

  testShop(backend, 'bytes, numbers, text and null come back as they were', async ({ database }) => {
    const bytes = new Uint8Array([0, 1, 254, 255])
    const row = await database.read((snapshot) =>
      snapshot.get('SELECT ? AS bytes, ? AS large, ? AS text, ? AS missing', bytes, 2 ** 53 - 1, 'ü', null),
    )
    assert.deepEqual({ ...row }, { bytes, large: 2 ** 53 - 1, text: 'ü', missing: null })
  })
}

function testWakeUps(backend: Backend): void {
  testShop(
    backend,
    'listeners are woken after the commit, before the writer goes on',
    async ({ database }) => {
      const order: string[] = []
      database.listen('topic', () => order.push('listener'))
      await database.write((transaction) => {
        transaction.wake('topic')
        transaction.afterCommit(() => order.push('action'))
        order.push('work')
      })
      order.push('writer')
      assert.deepEqual(order, ['work', 'action', 'listener', 'writer'])
    },
  )

  testShop(backend, 'an undone transaction wakes nobody', async ({ database }) => {
    let calls = 0
    database.listen('topic', () => calls++)
    const undone = database.write((transaction) => {
      transaction.wake('topic')
      transaction.afterCommit(() => calls++)
      throw new Error('undo')
    })
    await assert.rejects(undone, /undo/)
    assert.equal(calls, 0)
  })

  testShop(
    backend,
    'wakes of one commit are one call; those who left are not called',
    async ({ database }) => {
      let calls = 0
      database.listen('topic', () => calls++)
      const leave = database.listen('topic', () => assert.fail('left'))
      leave()
      const wake = () => database.write((transaction) => transaction.wake('topic'))
      await Promise.all([wake(), wake(), wake()])
      assert.equal(calls, 1)
    },
  )

  testShop(backend, 'a listener that throws does not keep others from being called', async ({ database }) => {
    let calls = 0
    database.listen('topic', () => {
      throw new Error('bad listener')
    })
    database.listen('topic', () => calls++)
    await database.write((transaction) => transaction.wake('topic'))
    assert.equal(calls, 1)
  })
}

function testMigrations(backend: Backend): void {
  testEngine(backend, 'migrations run once each, in order', async ({ database }) => {
    await database.migrate(migration)
    const steps = [...migration.steps, "INSERT INTO shop_item (id, name) VALUES (1, 'by step 2')"]
    await database.migrate({ ...migration, steps })
    await database.migrate({ ...migration, steps })
    assert.deepEqual(await names({ database }), ['by step 2'])
  })

  testEngine(backend, 'a step that fails leaves nothing, and can be mended', async ({ database }) => {
    const bad = 'CREATE TABLE shop_order (id INTEGER PRIMARY KEY); INSERT INTO nowhere VALUES (1)'
    await assert.rejects(database.migrate({ ...migration, steps: [...migration.steps, bad] }))
    const good = 'CREATE TABLE shop_order (id INTEGER PRIMARY KEY)'
    await database.migrate({ ...migration, steps: [...migration.steps, good] })
  })

  testEngine(backend, 'tables that a newer program made are refused', async ({ database }) => {
    await database.migrate({ ...migration, steps: [...migration.steps, 'SELECT 1'] })
    await assert.rejects(database.migrate(migration), (error) => {
      assert.ok(error instanceof UserError)
      assert.match(error.message, /newer Aloft: 'shop' has version 2, this one knows 1/)
      assert.ok(error.hint)
      return true
    })
  })
}

function testShop(backend: Backend, name: string, body: (bench: Bench) => Promise<void>): void {
  testEngine(backend, name, async (bench) => {
    await bench.database.migrate(migration)
    await body(bench)
  })
}

async function names({ database }: Pick<Bench, 'database'>): Promise<string[]> {
  const rows = await database.read((snapshot) =>
    snapshot.all<{ name: string }>('SELECT name FROM shop_item ORDER BY id'),
  )
  return rows.map(({ name }) => name)
}
