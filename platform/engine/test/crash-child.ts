/**
 * Works on an engine with all its might until it is killed, and says on its standard output what was acknowledged,
 * as it happens. Before it takes something away it says so, because the answer may not get out any more.
 *
 * Arguments: folder, first number to use, milliseconds by which its clock is ahead.
 */
import { openEngine } from '@aloft/engine'
import { say } from '@aloft/engine/testing'
import { Logger, systemClock } from '@aloft/kernel'
import { contentOf, holdMs } from './crash-content.ts'

const [directory = '', firstNumber = '0', aheadMs = '0'] = process.argv.slice(2)
const clock = { ...systemClock, now: () => systemClock.now() + Number(aheadMs) }
const engine = await openEngine({ directory, clock, log: new Logger(clock, []) })
const { database, queues, logs, blobs, leases } = engine
let number = Number(firstNumber)

async function produce(): Promise<never> {
  for (;;) {
    const names = [number++, number++, number++].map(String)
    const messages = names.map((name) => ({
      body: Buffer.from(name),
      ...(Number(name) % 5 === 0 && { session: `s${Number(name) % 2}` }),
    }))
    await database.write((transaction) => queues.enqueue(transaction, 'q', messages))
    for (const name of names) say('enqueued', name)
  }
}

async function consume(): Promise<never> {
  for (;;) {
    const claims = await database.write((transaction) => queues.claim(transaction, 'q', 4, holdMs))
    for (const { body, visibleAt } of claims) say('claimed', String(Buffer.from(body)), visibleAt)
    // Some stay claimed, so that there is something to be seen after the crash.
    const done = claims.filter(({ id }) => id % 7 !== 0)
    for (const { body } of done) say('completing', String(Buffer.from(body)))
    await database.write((transaction) => queues.complete(transaction, 'q', done))
    for (const { body } of done) say('completed', String(Buffer.from(body)))
  }
}

async function append(partition: number): Promise<never> {
  for (;;) {
    const text = String(number++)
    const entries = [{ body: Buffer.from(text) }, { body: Buffer.from(`${text}+`) }]
    const offset = await database.write((transaction) => logs.append(transaction, 'l', partition, entries))
    say('appended', partition, offset, text)
  }
}

/** Keeps the bytes and writes down their key in one transaction, as a service does. */
async function store(): Promise<never> {
  for (;;) {
    const seed = number++
    const { key } = await blobs.put(contentOf(seed))
    const part = await blobs.put(contentOf(seed + 1))
    const name = await database.write(async (transaction) => {
      await blobs.keep(transaction, key)
      if (seed % 3 > 0) return key
      const parts = [
        { key, length: contentOf(seed).length },
        { key: part.key, length: part.length },
      ]
      const composed = await blobs.compose(transaction, parts)
      await blobs.keep(transaction, composed)
      await blobs.release(transaction, key)
      return composed
    })
    say('stored', name, seed, seed % 3 > 0 ? 'plain' : 'composed')
    if (seed % 4 > 0) continue
    say('releasing', name)
    await database.write((transaction) => blobs.release(transaction, name))
    say('released', name)
  }
}

async function lead(owner: string): Promise<never> {
  for (;;) {
    const lease = await database.write((transaction) => leases.acquire(transaction, 'leader', owner, 60_000))
    if (!lease) continue
    say('leads', lease.epoch)
    await database.write((transaction) => leases.release(transaction, lease))
  }
}

say('ready')
await Promise.all([
  produce(),
  produce(),
  consume(),
  consume(),
  append(0),
  append(1),
  store(),
  store(),
  lead('a'),
  lead('b'),
])
