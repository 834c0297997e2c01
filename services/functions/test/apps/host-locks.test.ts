import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { openEngine } from '@aloft/engine'
import { Logger, type LogRecord } from '@aloft/kernel'
import { VirtualClock } from '@aloft/kernel/testing'
import { HostLocks } from '../../src/host-lock.ts'

async function fixture(t: TestContext) {
  const directory = await mkdtemp(join(tmpdir(), 'aloft-locks-'))
  const clock = new VirtualClock()
  const records: LogRecord[] = []
  const log = new Logger(clock, [{ write: (record) => records.push(record) }])
  const engine = await openEngine({ directory, clock, log })
  t.after(async () => {
    await engine.close()
    await rm(directory, { recursive: true, force: true })
  })
  const locks = () => new HostLocks({ engine, clock, log })
  const holder = (hostId: string, instanceId: string) => ({
    hostId,
    instanceId,
    periodMs: 15_000,
    log,
  })
  /** Lets time go by, and the database keep up with it. */
  const pass = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 2500) {
      await clock.advance(2500)
      await engine.database.write(() => undefined)
    }
  }
  const messages = () => records.map(({ message }) => message)
  return { engine, clock, locks, holder, pass, messages }
}

test('a free lock is taken at once, and kept for as long as it is held', async (t) => {
  const { locks, holder, pass, messages } = await fixture(t)
  const lock = await locks().hold(holder('shop', 'one'))
  await pass(60_000)
  assert.ok(lock.isHeld)
  assert.deepEqual(messages(), ["Host lock lease acquired by instance ID 'one'."])
})

test('another host gets the lock once it is given back', async (t) => {
  const { locks, holder, pass } = await fixture(t)
  const first = await locks().hold(holder('shop', 'one'))
  const second = await locks().hold(holder('shop', 'two'))
  await pass(30_000)
  assert.deepEqual([first.isHeld, second.isHeld], [true, false])
  await first.release()
  await pass(10_000)
  assert.deepEqual([first.isHeld, second.isHeld], [false, true])
})

test('the locks of all apps are renewed in one transaction, by one timer', async (t) => {
  const { engine, clock, locks, holder, pass } = await fixture(t)
  const all = locks()
  const held = await Promise.all(
    Array.from({ length: 20 }, (_, index) => all.hold(holder(`app-${index}`, 'one'))),
  )
  assert.equal(clock.pendingCount, 1)
  const write = t.mock.method(engine.database, 'write')
  await clock.advance(7500)
  assert.equal(write.mock.callCount(), 1)
  await pass(60_000)
  assert.ok(held.every(({ isHeld }) => isHeld))
})

test('without a lock there is no timer', async (t) => {
  const { clock, locks, holder } = await fixture(t)
  const lock = await locks().hold(holder('shop', 'one'))
  await lock.release()
  assert.equal(clock.pendingCount, 0)
})

test('a lock that could not be renewed in time is lost, and taken again', async (t) => {
  const { engine, clock, locks, holder, pass, messages } = await fixture(t)
  const lock = await locks().hold(holder('shop', 'one'))
  const broken = t.mock.method(engine.database, 'write', () => Promise.reject(new Error('disk full')))
  await clock.advance(7500)
  broken.mock.restore()
  await pass(7500)
  assert.ok(lock.isHeld)
  assert.deepEqual(messages().slice(1), [
    'Host locks could not be renewed: disk full',
    "Host lock lease lost by instance ID 'one'.",
    "Host lock lease acquired by instance ID 'one'.",
  ])
})
