import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseSchedule } from '../../src/timer/schedule.ts'
import { timeZone } from '../../src/timer/time-zone.ts'
import { timerInput } from '../../src/timer/timer-info.ts'
import { beginStatus } from '../../src/timer/timer-status.ts'

const utc = timeZone('UTC')
const hourly = parseSchedule('0 0 * * * *', utc)
const at = (clock: string) => Date.parse(`2026-03-10T${clock}Z`)

test('a new timer is due at its next occurrence', () => {
  assert.deepEqual(beginStatus(undefined, hourly, at('10:20:00')), {
    last: undefined,
    next: at('11:00:00'),
    lastUpdated: at('10:20:00'),
  })
})

test('a stored status is kept when the schedule makes the same of it, missed runs included', () => {
  const stored = { last: at('08:00:00.020'), next: at('09:00:00'), lastUpdated: at('08:00:00.020') }
  assert.equal(beginStatus(stored, hourly, at('10:20:00')), stored)
  const neverRun = { last: undefined, next: at('09:00:00'), lastUpdated: at('08:59:00') }
  assert.equal(beginStatus(neverRun, hourly, at('10:20:00')), neverRun)
})

test('a changed schedule counts from the last run, without it', () => {
  const daily = parseSchedule('0 30 12 * * *', utc)
  const stored = { last: at('08:00:00'), next: at('09:00:00'), lastUpdated: at('08:00:00') }
  assert.deepEqual(beginStatus(stored, daily, at('10:20:00')), {
    last: undefined,
    next: at('12:30:00'),
    lastUpdated: at('08:00:00'),
  })
})

test('a changed schedule never begins past due', () => {
  const everyTenMinutes = parseSchedule('0 */10 * * * *', utc)
  const stored = { last: at('08:00:00'), next: at('09:00:00'), lastUpdated: at('08:00:00') }
  assert.deepEqual(beginStatus(stored, everyTenMinutes, at('10:25:00')), {
    last: undefined,
    next: at('10:30:00'),
    lastUpdated: at('10:25:00'),
  })
})

test('another time zone is another schedule', () => {
  const inNewYork = parseSchedule('0 0 12 * * *', timeZone('America/New_York'))
  const stored = { last: undefined, next: at('12:00:00'), lastUpdated: at('08:00:00') }
  assert.equal(beginStatus(stored, inNewYork, at('13:00:00')).next, at('16:00:00'))
})

test('a function gets the JSON that the host sends', () => {
  const status = { last: undefined, next: at('11:00:00'), lastUpdated: at('10:20:00.500') }
  const now = at('11:00:00.007')
  const zone = timeZone('Europe/Berlin')
  const input = timerInput({ schedule: hourly, zone, status, isPastDue: false, now })
  assert.equal(
    input.data.json,
    '{"Schedule":{"AdjustForDST":true},"ScheduleStatus":{"Last":"0001-01-01T00:00:00+00:00",' +
      '"Next":"2026-03-10T12:00:00+01:00","LastUpdated":"2026-03-10T11:20:00.5+01:00"},"IsPastDue":false}',
  )
  assert.deepEqual(input.metadata, { TimerTrigger: { string: '03/10/2026 12:00:00' } })
  assert.deepEqual(input.bindingData?.(), { timerTrigger: '03/10/2026 12:00:00' })
})

test('a timer that is not monitored has no status', () => {
  const schedule = parseSchedule('00:00:05', utc)
  const input = timerInput({ schedule, zone: utc, status: undefined, isPastDue: true, now: 0 })
  assert.equal(input.data.json, '{"Schedule":{"AdjustForDST":false},"ScheduleStatus":null,"IsPastDue":true}')
})
