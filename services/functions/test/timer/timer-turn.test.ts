import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseSchedule } from '../../src/timer/schedule.ts'
import { timeZone } from '../../src/timer/time-zone.ts'
import { decideTurn, type Situation } from '../../src/timer/timer-turn.ts'

const at = (clock: string) => Date.parse(`2026-03-10T${clock}Z`)
const hourly = parseSchedule('0 0 * * * *', timeZone('UTC'))

/** A host with an hourly timer at 12:00:00.005, which has waited for noon. */
const noon: Situation = {
  schedule: hourly,
  isMonitored: true,
  isRunOnStartup: false,
  stored: { last: at('11:00:00.003'), next: at('12:00:00'), lastUpdated: at('11:00:00.003') },
  awaited: at('12:00:00'),
  isOrphaned: false,
  now: at('12:00:00.005'),
}

test('the first host to come runs the occurrence', () => {
  assert.deepEqual(decideTurn(noon), { status: noon.stored, occasion: 'Scheduled' })
})

test('the hosts that come after wait for the next one', () => {
  const stored = { last: at('12:00:00.001'), next: at('13:00:00'), lastUpdated: at('12:00:00.001') }
  assert.deepEqual(decideTurn({ ...noon, stored }), { status: stored, occasion: undefined })
})

test('an occurrence whose host died over it is past due', () => {
  assert.equal(decideTurn({ ...noon, isOrphaned: true }).occasion, 'IsPastDue')
})

test('a host with an older schedule than the stored one still runs its own occurrences', () => {
  const stored = { last: undefined, next: at('12:30:00'), lastUpdated: at('11:59:00') }
  const verdict = decideTurn({ ...noon, stored })
  assert.equal(verdict.occasion, 'Scheduled')
  assert.equal(verdict.status.next, at('12:00:00'))
})

test('a host that starts makes up for a missed occurrence only when it is monitored', () => {
  const starting = { ...noon, awaited: undefined, now: at('12:40:00') }
  assert.deepEqual(decideTurn(starting), { status: noon.stored, occasion: 'IsPastDue' })
  assert.deepEqual(decideTurn({ ...starting, isMonitored: false }), {
    status: { last: at('11:00:00.003'), next: at('13:00:00'), lastUpdated: at('12:40:00') },
    occasion: undefined,
  })
})

test('runOnStartup yields to a missed occurrence', () => {
  const starting = { ...noon, awaited: undefined, isRunOnStartup: true }
  assert.equal(decideTurn({ ...starting, now: at('11:30:00') }).occasion, 'RunOnStartup')
  assert.equal(decideTurn({ ...starting, now: at('12:40:00') }).occasion, 'IsPastDue')
})
