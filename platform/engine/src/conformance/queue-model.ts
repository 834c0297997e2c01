import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Claim } from '../contracts.ts'
import { type Backend, type Bench, bytesOf, propertyRuns, testEngine, textOf } from './backend.ts'
import { type Kept, NaiveQueue } from './naive-queue.ts'

const session = fc.option(fc.constantFrom('s', 't'), { nil: undefined })
const which = fc.nat()
const command = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      verb: fc.constant('enqueue' as const),
      session,
      delayMs: fc.constantFrom(0, 0, 30),
      ttlMs: fc.constantFrom(9_999, 9_999, 40),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      verb: fc.constant('claim' as const),
      count: fc.integer({ min: 1, max: 3 }),
      visibilityMs: fc.constantFrom(10, 50),
    }),
  },
  { weight: 4, arbitrary: fc.record({ verb: fc.constant('complete' as const), which }) },
  {
    weight: 2,
    arbitrary: fc.record({ verb: fc.constant('abandon' as const), which, delayMs: fc.constantFrom(0, 20) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      verb: fc.constant('renew' as const),
      which,
      visibilityMs: fc.constantFrom(0, 25),
    }),
  },
  { weight: 1, arbitrary: fc.record({ verb: fc.constant('deadLetter' as const), which }) },
  { weight: 1, arbitrary: fc.record({ verb: fc.constant('resubmit' as const), which }) },
  {
    weight: 5,
    arbitrary: fc.record({ verb: fc.constant('advance' as const), ms: fc.constantFrom(1, 10, 20) }),
  },
  { weight: 3, arbitrary: fc.record({ verb: fc.constant('look' as const) }) },
)
type Command = typeof command extends fc.Arbitrary<infer T> ? T : never

/** Declares a test that does the same to a queue and to a naive one, and compares. */
export function testQueueModel(backend: Backend): void {
  testEngine(backend, 'a queue does what a naive queue does', async (bench) => {
    let number = 0
    const property = fc.asyncProperty(fc.array(command, { maxLength: 60, size: 'max' }), async (commands) => {
      const comparison = new Comparison(bench, `q${number++}`)
      for (const command of commands) await comparison.step(command)
      await comparison.look()
    })
    await fc.assert(property, propertyRuns)
  })
}

/** Both queues side by side, and every receipt that was ever given out. */
class Comparison {
  readonly #bench: Bench
  readonly #queue: string
  readonly #naive = new NaiveQueue()
  readonly #claims: Claim[] = []
  /** The receipt that is good, by message. */
  readonly #valid = new Map<number, string>()

  constructor(bench: Bench, queue: string) {
    this.#bench = bench
    this.#queue = queue
  }

  async step(command: Command): Promise<void> {
    switch (command.verb) {
      case 'enqueue':
        return this.#enqueue(command)
      case 'claim':
        return this.#claim(command.count, command.visibilityMs)
      case 'advance':
        return this.#bench.clock.advance(command.ms)
      case 'look':
        return this.look()
      case 'resubmit':
        return this.#resubmit(command.which)
      default:
        return this.#settle(command)
    }
  }

  /** Compares what can be seen; swept first, because an expired message may hold up its session until then. */
  async look(): Promise<void> {
    const { database, queues } = this.#bench
    const [naive, now, queue] = [this.#naive, this.#now, this.#queue]
    await this.#sweep()
    const seen = await database.read(async (snapshot) => ({
      counts: await queues.counts(snapshot, queue),
      peek: (await queues.peek(snapshot, queue, 3)).map(({ id }) => id),
      next: await queues.nextVisibleAt(snapshot, queue),
    }))
    assert.deepEqual(seen, {
      counts: naive.counts(now),
      peek: naive.claimable(3, now).map(({ id }) => id),
      next: naive.nextVisibleAt(now),
    })
  }

  async #sweep(): Promise<void> {
    const { database, queues } = this.#bench
    await database.write((transaction) => queues.sweep(transaction, 1_000))
    this.#naive.sweep(this.#now)
  }

  get #now(): number {
    return this.#bench.clock.now()
  }

  async #enqueue({ session, delayMs, ttlMs }: Command & { verb: 'enqueue' }): Promise<void> {
    const { database, queues } = this.#bench
    const text = `message ${this.#claims.length}`
    const message = { body: bytesOf(text), delayMs, ttlMs, ...(session && { session }) }
    const [id = 0] = await database.write((transaction) =>
      queues.enqueue(transaction, this.#queue, [message]),
    )
    const [visibleAt, expiresAt] = [this.#now + delayMs, this.#now + ttlMs]
    this.#naive.enqueue({ id, text, session, visibleAt, expiresAt, dequeueCount: 0, isDead: false })
  }

  async #claim(count: number, visibilityMs: number): Promise<void> {
    const { database, queues } = this.#bench
    if (this.#naive.hasExpiredSession(this.#now)) await this.#sweep()
    const expected = this.#naive.claimable(count, this.#now)
    const claimed = await database.write((transaction) =>
      queues.claim(transaction, this.#queue, count, visibilityMs),
    )
    for (const message of expected) {
      message.visibleAt = this.#now + visibilityMs
      message.dequeueCount++
    }
    assert.deepEqual(
      claimed.map(({ id, body, dequeueCount, visibleAt }) => [id, textOf(body), dequeueCount, visibleAt]),
      expected.map(({ id, text, dequeueCount, visibleAt }) => [id, text, dequeueCount, visibleAt]),
    )
    for (const claim of claimed) this.#remember(claim)
  }

  async #settle(command: Command & { which: number }): Promise<void> {
    const claim = this.#claims[command.which % Math.max(1, this.#claims.length)]
    const message = claim && this.#naive.find(claim.id)
    // Whether an expired message is still there depends on who met it; nobody relies on either.
    if (!claim || (message && this.#naive.isExpired(message, this.#now))) return
    const isValid = message !== undefined && this.#valid.get(claim.id) === claim.receipt
    assert.equal(await this.#settleBoth(command, claim, isValid ? message : undefined), isValid)
  }

  async #settleBoth(command: Command, claim: Claim, message: Kept | undefined): Promise<boolean> {
    const { database, queues } = this.#bench
    const queue = this.#queue
    if (command.verb === 'complete') {
      if (message) this.#naive.remove(message.id)
      return (await database.write((transaction) => queues.complete(transaction, queue, [claim])))[0] ?? false
    }
    if (command.verb === 'deadLetter') {
      if (message) this.#naive.kill(message)
      if (message) this.#valid.delete(message.id)
      return (
        (await database.write((transaction) => queues.deadLetter(transaction, queue, [claim], 'r')))[0] ??
        false
      )
    }
    if (command.verb === 'abandon') {
      if (message) message.visibleAt = this.#now + command.delayMs
      if (message) this.#valid.delete(message.id)
      const { delayMs } = command
      return (
        (await database.write((transaction) => queues.abandon(transaction, queue, [claim], delayMs)))[0] ??
        false
      )
    }
    if (command.verb !== 'renew') return false
    const { visibilityMs } = command
    if (message) message.visibleAt = this.#now + visibilityMs
    const receipt = await database.write((transaction) =>
      queues.renew(transaction, queue, claim, visibilityMs),
    )
    if (receipt !== undefined) this.#remember({ id: claim.id, receipt })
    return receipt !== undefined
  }

  /** Only those without a session: what becomes of the others depends on when an expired one is met. */
  async #resubmit(which: number): Promise<void> {
    const { database, queues } = this.#bench
    const dead = this.#naive.dead().filter(({ session }) => session === undefined)
    const message = dead[which % Math.max(1, dead.length)]
    if (!message) return
    const ids = [message.id]
    await database.write((transaction) => queues.resubmitDead(transaction, this.#queue, ids))
    this.#naive.resubmit(message, this.#now)
  }

  #remember({ id, receipt }: Claim): void {
    this.#claims.push({ id, receipt })
    this.#valid.set(id, receipt)
  }
}
