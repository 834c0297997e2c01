import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Engine, Transaction } from '@aloft/engine'
import type { VirtualClock } from '@aloft/kernel/testing'
import { contentOf, holdMs } from './crash-content.ts'

/** What a child said before it was killed, and whether the engine still knows. */
export class CrashWitness {
  readonly #enqueued = new Set<string>()
  /** Until when each message is claimed, in milliseconds since 1970. */
  readonly #claimedUntil = new Map<string, number>()
  readonly #completing = new Set<string>()
  readonly #completed = new Set<string>()
  readonly #entries = new Map<string, string>()
  readonly #stored = new Map<string, { readonly seed: number; readonly isComposed: boolean }>()
  readonly #releasing = new Set<string>()
  readonly #released = new Set<string>()
  #epoch = 0
  facts = 0

  hear(line: string): void {
    const [what = '', a = '', b = '', c = ''] = line.split(' ')
    this.facts++
    if (what === 'enqueued') this.#enqueued.add(a)
    else if (what === 'claimed') this.#hearClaim(a, Number(b))
    else if (what === 'completing') this.#completing.add(a)
    else if (what === 'completed') this.#completed.add(a)
    else if (what === 'appended') this.#hearAppend(a, Number(b), c)
    else if (what === 'stored') this.#stored.set(a, { seed: Number(b), isComposed: c === 'composed' })
    else if (what === 'releasing') this.#releasing.add(a)
    else if (what === 'released') this.#released.add(a)
    else if (what === 'leads') this.#hearEpoch(Number(a))
    else assert.equal(what, 'ready', line)
  }

  async check(engine: Engine, clock: VirtualClock, directory: string): Promise<void> {
    await this.#checkQueue(engine, clock)
    await this.#checkLogs(engine)
    await this.#checkBlobs(engine, directory)
    await this.#checkLease(engine, clock)
  }

  #hearClaim(message: string, until: number): void {
    assert.ok(!this.#completed.has(message), `${message} was claimed after it was completed`)
    const held = this.#claimedUntil.get(message)
    assert.ok(held === undefined || held <= until - holdMs, `${message} was claimed while it was held`)
    this.#claimedUntil.set(message, until)
  }

  #hearAppend(partition: string, offset: number, text: string): void {
    for (const [at, body] of [
      [offset, text],
      [offset + 1, `${text}+`],
    ] as const) {
      const place = `${partition}/${at}`
      assert.ok(!this.#entries.has(place), `${place} was given out twice`)
      this.#entries.set(place, body)
    }
  }

  #hearEpoch(epoch: number): void {
    assert.ok(epoch > this.#epoch, `epoch ${epoch} after ${this.#epoch}`)
    this.#epoch = epoch
  }

  async #checkQueue(engine: Engine, clock: VirtualClock): Promise<void> {
    for (const message of await deliverable(engine)) {
      const until = this.#claimedUntil.get(message) ?? 0
      assert.ok(until <= clock.now(), `${message} can be claimed although it is held`)
    }
    await clock.advance(holdMs + 1)
    const present = new Set(await allMessages(engine))
    for (const message of this.#completed) assert.ok(!present.has(message), `${message} came back`)
    for (const message of this.#enqueued)
      assert.ok(present.has(message) || this.#completing.has(message), `${message} is missing`)
  }

  async #checkLogs({ database, logs }: Engine): Promise<void> {
    for (const partition of [0, 1]) {
      const entries = await database.read((snapshot) => logs.read(snapshot, 'l', partition, 0, 1_000_000))
      for (const [index, { offset }] of entries.entries()) assert.equal(offset, index, 'offsets are dense')
      const found = new Map(
        entries.map(({ offset, body }) => [`${partition}/${offset}`, String(Buffer.from(body))]),
      )
      for (const [place, text] of this.#entries)
        if (place.startsWith(`${partition}/`)) assert.equal(found.get(place), text, place)
    }
  }

  async #checkBlobs({ blobs }: Engine, directory: string): Promise<void> {
    await blobs.collect(0)
    for (const [key, { seed, isComposed }] of this.#stored) {
      if (this.#released.has(key)) await assert.rejects(blobs.bytes(key), /no bytes/, key)
      if (this.#releasing.has(key)) continue
      const expected = isComposed ? [contentOf(seed), contentOf(seed + 1)] : [contentOf(seed)]
      assert.equal(Buffer.compare(await blobs.bytes(key), Buffer.concat(expected)), 0, key)
    }
    assert.deepEqual(readdirSync(join(directory, 'blobs', 'new')), [], 'nothing half-done is left')
  }

  async #checkLease({ database, leases }: Engine, clock: VirtualClock): Promise<void> {
    await clock.advance(60_000)
    const lease = await database.write((transaction) => leases.acquire(transaction, 'leader', 'witness', 1))
    this.#hearEpoch(lease?.epoch ?? 0)
    await clock.advance(1)
  }
}

/** Names of the messages that a claim would give out now. Claims, and undoes the claim. */
async function deliverable(engine: Engine): Promise<string[]> {
  return undone(engine, async (transaction) => {
    const claims = await engine.queues.claim(transaction, 'q', 1_000_000, 1_000)
    return claims.map(({ body }) => String(Buffer.from(body)))
  })
}

/** Names of all messages that a claim would give out sooner or later, each session's one after the other. */
async function allMessages(engine: Engine): Promise<string[]> {
  return undone(engine, async (transaction) => {
    const names: string[] = []
    for (;;) {
      const claims = await engine.queues.claim(transaction, 'q', 1_000_000, 1_000)
      if (claims.length === 0) return names
      names.push(...claims.map(({ body }) => String(Buffer.from(body))))
      await engine.queues.complete(transaction, 'q', claims)
    }
  })
}

async function undone<T>({ database }: Engine, work: (transaction: Transaction) => Promise<T>): Promise<T> {
  let result: { readonly value: T } | undefined
  const undo = new Error('undo')
  const writing = database.write(async (transaction) => {
    result = { value: await work(transaction) }
    throw undo
  })
  await assert.rejects(writing, undo)
  assert.ok(result)
  return result.value
}
