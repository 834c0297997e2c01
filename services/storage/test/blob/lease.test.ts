/** The table of spec 2.6: each action in each state, with the lease's own id and with another. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  acquireLease,
  breakLease,
  breakSeconds,
  changeLease,
  checkLeaseOnWrite,
  type Lease,
  type LeaseState,
  leaseAfterWrite,
  leaseState,
  parseLeaseId,
  releaseLease,
  renewLease,
} from '../../src/blob/model/lease.ts'

const id = 'ca761232-ed42-11ce-bacd-00aa0057b223'
const other = 'dd761232-ed42-11ce-bacd-00aa0057b223'
const third = 'ee761232-ed42-11ce-bacd-00aa0057b223'
const now = 1_000_000
const leases: Record<LeaseState, Lease | undefined> = {
  available: undefined,
  leased: { id, duration: 15, expiresAt: now + 10_000 },
  expired: { id, duration: 15, expiresAt: now - 1 },
  breaking: { id, duration: 15, expiresAt: now + 10_000, breaksAt: now + 5000 },
  broken: { id, duration: 15, expiresAt: now + 10_000, breaksAt: now - 1 },
}
const states = Object.keys(leases) as LeaseState[]

/** What comes of it: the next state, or the code that it is refused with. */
function outcome(change: () => Lease | undefined): string {
  try {
    return leaseState(change(), now)
  } catch (error) {
    return (error as { code: string }).code
  }
}

const mismatch = 'LeaseIdMismatchWithLeaseOperation'
const absent = 'LeaseNotPresentWithLeaseOperation'
const present = 'LeaseAlreadyPresent'

const table: Record<string, Record<LeaseState, readonly [own: string, other: string]>> = {
  acquire: {
    available: ['leased', 'leased'],
    leased: ['leased', present],
    expired: ['leased', 'leased'],
    breaking: ['LeaseIsBreakingAndCannotBeAcquired', present],
    broken: ['leased', 'leased'],
  },
  renew: {
    available: [mismatch, mismatch],
    leased: ['leased', mismatch],
    expired: ['leased', mismatch],
    breaking: ['LeaseIsBrokenAndCannotBeRenewed', mismatch],
    broken: ['LeaseIsBrokenAndCannotBeRenewed', mismatch],
  },
  change: {
    available: [absent, absent],
    leased: ['leased', mismatch],
    expired: [absent, absent],
    breaking: ['LeaseIsBreakingAndCannotBeChanged', mismatch],
    broken: [absent, absent],
  },
  release: {
    available: [mismatch, mismatch],
    leased: ['available', mismatch],
    expired: ['available', mismatch],
    breaking: ['available', mismatch],
    broken: ['available', mismatch],
  },
}

const actions: Record<string, (lease: Lease | undefined, by: string) => Lease | undefined> = {
  acquire: (lease, by) => acquireLease(lease, by, 15, now),
  renew: (lease, by) => renewLease(lease, by, now),
  change: (lease, by) => changeLease(lease, by, third, now),
  release: (lease, by) => releaseLease(lease, by),
}

for (const [action, change] of Object.entries(actions))
  for (const state of states)
    test(`${action} of a lease that is ${state} ends as the table says`, () => {
      const [own, others] = table[action]![state]
      assert.equal(
        outcome(() => change(leases[state], id)),
        own,
      )
      assert.equal(
        outcome(() => change(leases[state], other)),
        others,
      )
    })

test('a change that is asked for again after it was made is answered like the first', () => {
  assert.equal(changeLease(leases.leased, other, id, now).id, id)
})

/** Remaining seconds and state after a break, by state and asked period. */
const breaks: [keyof typeof leases | 'infinite', number | undefined, LeaseState | string, number][] = [
  ['available', undefined, absent, 0],
  ['infinite', undefined, 'broken', 0],
  ['infinite', 0, 'broken', 0],
  ['infinite', 20, 'breaking', 20],
  ['leased', 0, 'broken', 0],
  ['leased', undefined, 'breaking', 10],
  ['leased', 3, 'breaking', 3],
  ['leased', 60, 'breaking', 10],
  ['breaking', undefined, 'breaking', 5],
  ['breaking', 0, 'broken', 0],
  ['breaking', 2, 'breaking', 2],
  ['breaking', 60, 'breaking', 5],
  ['broken', undefined, 'broken', 0],
  ['broken', 30, 'broken', 0],
  ['expired', undefined, 'broken', 0],
  ['expired', 30, 'broken', 0],
]

for (const [from, period, expected, seconds] of breaks)
  test(`breaking a lease that is ${from} with the period ${period ?? 'left out'} ends as the table says`, () => {
    const lease: Lease | undefined = from === 'infinite' ? { id, duration: -1, expiresAt: 0 } : leases[from]
    assert.equal(
      outcome(() => breakLease(lease, period, now)),
      expected,
    )
    if (lease) assert.equal(breakSeconds(breakLease(lease, period, now), now), seconds)
  })

test('writing needs the id of a locked blob, and none when it is not locked', () => {
  const code = (state: LeaseState, by: string | undefined) => {
    try {
      checkLeaseOnWrite(leases[state], by, now, 'Blob')
      return 'passes'
    } catch (error) {
      return (error as { code: string }).code
    }
  }
  for (const state of ['leased', 'breaking'] as const) {
    assert.equal(code(state, undefined), 'LeaseIdMissing')
    assert.equal(code(state, id), 'passes')
    assert.equal(code(state, other), 'LeaseIdMismatchWithBlobOperation')
  }
  for (const state of ['available', 'expired', 'broken'] as const) {
    assert.equal(code(state, undefined), 'passes')
    assert.equal(code(state, other), 'LeaseNotPresentWithBlobOperation')
    assert.equal(code(state, id), state === 'available' ? 'LeaseNotPresentWithBlobOperation' : 'LeaseLost')
  }
})

test('a write lets go of a lease that is over and of no other', () => {
  for (const state of states)
    assert.equal(
      leaseAfterWrite(leases[state], now),
      state === 'leased' || state === 'breaking' ? leases[state] : undefined,
    )
})

test('a lease ends by itself', () => {
  const lease = acquireLease(undefined, id, 15, now)
  assert.equal(leaseState(lease, now + 14_999), 'leased')
  assert.equal(leaseState(lease, now + 15_000), 'expired')
  assert.equal(leaseState(acquireLease(undefined, id, -1, now), now + 1e12), 'leased')
})

test('ids are taken in every notation of a UUID', () => {
  for (const text of [id, id.toUpperCase(), `{${id}}`, `(${id})`, id.replaceAll('-', '')])
    assert.equal(parseLeaseId(text), id)
  assert.equal(parseLeaseId('abcdefg'), undefined)
})
