import assert from 'node:assert/strict'
import type { Lease } from '../contracts.ts'
import { LeaseLost } from '../errors.ts'
import { type Backend, type Bench, testEngine } from './backend.ts'

/** Declares the tests of leases. */
export function testLeases(backend: Backend): void {
  testEngine(backend, 'a lease has one holder until it expires', async (bench) => {
    const lease = await acquire(bench, 'a')
    assert.deepEqual(lease, { name: 'l', owner: 'a', epoch: 1, expiresAt: bench.clock.now() + 1_000 })
    assert.equal(await acquire(bench, 'b'), undefined)
    await bench.clock.advance(999)
    assert.equal(await acquire(bench, 'b'), undefined)
    await bench.clock.advance(1)
    assert.deepEqual((await acquire(bench, 'b'))?.epoch, 2)
  })

  testEngine(
    backend,
    'the holder may acquire again, in the same epoch while it has not expired',
    async (bench) => {
      await acquire(bench, 'a')
      await bench.clock.advance(500)
      assert.deepEqual(
        [(await acquire(bench, 'a'))?.epoch, (await get(bench))?.expiresAt],
        [1, bench.clock.now() + 1_000],
      )
      await bench.clock.advance(1_000)
      assert.equal((await acquire(bench, 'a'))?.epoch, 2)
    },
  )

  testEngine(backend, 'a renewal extends, unless the lease was lost', async (bench) => {
    const { database, leases, clock } = bench
    const lease = await held(bench, 'a')
    const renew = (lease: Lease) => database.write((transaction) => leases.renew(transaction, lease, 1_000))
    await clock.advance(900)
    assert.deepEqual(await renew(lease), { ...lease, expiresAt: clock.now() + 1_000 })
    await clock.advance(1_000)
    assert.equal(await renew(lease), undefined)
    const other = await held(bench, 'b')
    assert.equal(await renew(lease), undefined)
    assert.equal(await renew({ ...other, epoch: other.epoch - 1 }), undefined)
    assert.ok(await renew(other))
  })

  testEngine(backend, 'a released lease is free, and its next holder is in a new epoch', async (bench) => {
    const { database, leases } = bench
    const lease = await held(bench, 'a')
    const release = () => database.write((transaction) => leases.release(transaction, lease))
    assert.deepEqual([await release(), await release()], [true, false])
    assert.equal(await get(bench), undefined)
    assert.equal((await acquire(bench, 'a'))?.epoch, 2)
  })

  testEngine(backend, 'a write that checks a lost lease is undone', async (bench) => {
    const { database, leases, logs, clock } = bench
    const lease = await held(bench, 'a')
    const fenced = () =>
      database.write(async (transaction) => {
        await logs.append(transaction, 'log', 0, [{ body: new Uint8Array(1) }])
        await leases.check(transaction, lease)
      })
    await fenced()
    await clock.advance(1_000)
    await assert.rejects(fenced(), LeaseLost, 'expired')
    await acquire(bench, 'b')
    await assert.rejects(fenced(), LeaseLost, 'taken over')
    const { next } = await database.read((snapshot) => logs.bounds(snapshot, 'log', 0))
    assert.equal(next, 1)
  })

  testEngine(backend, 'only a lease that is held is told of', async (bench) => {
    assert.equal(await get(bench), undefined)
    const lease = await acquire(bench, 'a')
    assert.deepEqual(await get(bench), lease)
    await bench.clock.advance(1_000)
    assert.equal(await get(bench), undefined)
  })
}

function acquire({ database, leases }: Bench, owner: string): Promise<Lease | undefined> {
  return database.write((transaction) => leases.acquire(transaction, 'l', owner, 1_000))
}

async function held(bench: Bench, owner: string): Promise<Lease> {
  const lease = await acquire(bench, owner)
  assert.ok(lease)
  return lease
}

function get({ database, leases }: Bench): Promise<Lease | undefined> {
  return database.read((snapshot) => leases.get(snapshot, 'l'))
}
