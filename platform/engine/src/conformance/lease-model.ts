import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Lease } from '../contracts.ts'
import { LeaseLost } from '../errors.ts'
import { type Backend, type Bench, propertyRuns, testEngine } from './backend.ts'

const which = fc.nat()
const durationMs = fc.constantFrom(10, 30)
const command = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      verb: fc.constant('acquire' as const),
      owner: fc.constantFrom('a', 'b'),
      durationMs,
    }),
  },
  { weight: 3, arbitrary: fc.record({ verb: fc.constant('renew' as const), which, durationMs }) },
  { weight: 2, arbitrary: fc.record({ verb: fc.constant('release' as const), which }) },
  { weight: 3, arbitrary: fc.record({ verb: fc.constant('check' as const), which }) },
  {
    weight: 4,
    arbitrary: fc.record({ verb: fc.constant('advance' as const), ms: fc.constantFrom(1, 9, 30) }),
  },
)
type Command = typeof command extends fc.Arbitrary<infer T> ? T : never

/** Declares a test that does the same to a lease and to a variable, and compares. */
export function testLeaseModel(backend: Backend): void {
  testEngine(backend, 'a lease does what a variable does, and never has two holders', async (bench) => {
    let number = 0
    const property = fc.asyncProperty(fc.array(command, { maxLength: 40, size: 'max' }), async (commands) => {
      const comparison = new Comparison(bench, `l${number++}`)
      for (const command of commands) await comparison.step(command)
    })
    await fc.assert(property, propertyRuns)
  })
}

class Comparison {
  readonly #bench: Bench
  readonly #name: string
  /** Every lease that was ever given out. */
  readonly #given: Lease[] = []
  #holder: Lease | undefined
  #epoch = 0

  constructor(bench: Bench, name: string) {
    this.#bench = bench
    this.#name = name
  }

  async step(command: Command): Promise<void> {
    const { database, leases, clock } = this.#bench
    if (command.verb === 'advance') await clock.advance(command.ms)
    else if (command.verb === 'acquire') await this.#acquire(command.owner, command.durationMs)
    else await this.#use(command)
    const seen = await database.read((snapshot) => leases.get(snapshot, this.#name))
    assert.deepEqual(seen, this.#current())
  }

  #current(): Lease | undefined {
    return this.#holder && this.#holder.expiresAt > this.#bench.clock.now() ? this.#holder : undefined
  }

  async #acquire(owner: string, durationMs: number): Promise<void> {
    const { database, leases, clock } = this.#bench
    const lease = await database.write((transaction) =>
      leases.acquire(transaction, this.#name, owner, durationMs),
    )
    const current = this.#current()
    if (current && current.owner !== owner) return assert.equal(lease, undefined)
    if (!current) this.#epoch++
    this.#holder = { name: this.#name, owner, epoch: this.#epoch, expiresAt: clock.now() + durationMs }
    assert.deepEqual(lease, this.#holder)
    this.#given.push(this.#holder)
  }

  async #use(command: Exclude<Command, { verb: 'acquire' | 'advance' }>): Promise<void> {
    const { database, leases, clock } = this.#bench
    const lease = this.#given[command.which % Math.max(1, this.#given.length)]
    if (!lease) return
    const current = this.#current()
    const isHeld = current !== undefined && current.owner === lease.owner && current.epoch === lease.epoch
    if (command.verb === 'check') {
      const checking = database.write((transaction) => leases.check(transaction, lease))
      await (isHeld ? checking : assert.rejects(checking, LeaseLost))
    } else if (command.verb === 'release') {
      assert.equal(await database.write((transaction) => leases.release(transaction, lease)), isHeld)
      if (isHeld) this.#holder = undefined
    } else {
      const { durationMs } = command
      const renewed = await database.write((transaction) => leases.renew(transaction, lease, durationMs))
      if (isHeld) this.#holder = { ...current, expiresAt: clock.now() + durationMs }
      assert.deepEqual(renewed, isHeld ? this.#holder : undefined)
    }
  }
}
