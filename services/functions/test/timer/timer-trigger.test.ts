import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BindingDefinition } from '@aloft/kernel'
import { VirtualClock } from '@aloft/kernel/testing'
import { timerTrigger } from '../../src/timer/index.ts'
import { makeApp, makeEngine, pass, startHost } from './timer-host.ts'

const clock = new VirtualClock()

/** Checks a binding as the host does when it indexes the function; needs no engine. */
function validate(options: Record<string, unknown>, settings: Record<string, string> = {}): void {
  const binding = { name: 'timer', type: 'timerTrigger', ...options } as unknown as BindingDefinition
  const trigger = timerTrigger({ engine: {} as never, clock })
  trigger.validate?.(binding, makeApp(clock, settings))
}

test('a valid binding passes, whatever the case of its options', () => {
  validate({ schedule: '0 */5 * * * *' })
  validate({ Schedule: '00:05:00', RunOnStartup: 'True', USEMONITOR: false })
  validate({ schedule: '0 0 9 * * *' }, { WEBSITE_TIME_ZONE: 'Tokyo Standard Time', TZ: 'nonsense' })
  validate({ schedule: '0 0 9 * * *' }, { TZ: ':Europe/Oslo' })
  validate({ schedule: '0 0 9 * * *' }, { TZ: '' })
})

test('an invalid binding is refused with the option that is wrong', () => {
  assert.throws(() => validate({}), { message: "The timer trigger 'timer' has no 'schedule'." })
  assert.throws(() => validate({ schedule: '' }), { message: /has no 'schedule'/ })
  assert.throws(() => validate({ schedule: '0 0 25 * * *' }), {
    message: /^The schedule expression '0 0 25 \* \* \*' was not recognized/,
    hint: "'25' is not a valid hour; it must be from 0 to 23.",
  })
  assert.throws(() => validate({ schedule: '00:05:00', useMonitor: 'maybe' }), {
    message: "'useMonitor' of the timer trigger 'timer' must be true or false, but is 'maybe'.",
  })
})

test('an unknown time zone is refused with the setting that names it', () => {
  assert.throws(() => validate({ schedule: '0 0 9 * * *' }, { TZ: 'CET-1CEST' }), {
    message: "The app setting 'TZ' names no time zone: There is no time zone 'CET-1CEST'.",
    hint: /IANA name/,
  })
})

test('a timer that is run by hand gets its status, and is not past due', async (t) => {
  const time = new VirtualClock()
  const engine = await makeEngine(t, time)
  const { context } = await startHost({ engine, clock: time, binding: { schedule: '0 0 * * * *' } })
  await pass(time, engine, 90 * 60_000)
  const input = await timerTrigger({ engine, clock: time }).manualInput?.(context, 'ignored')
  assert.deepEqual(JSON.parse(input?.data.json ?? ''), {
    Schedule: { AdjustForDST: true },
    ScheduleStatus: {
      Last: '2026-01-01T01:00:00+00:00',
      Next: '2026-01-01T02:00:00+00:00',
      LastUpdated: '2026-01-01T01:00:00+00:00',
    },
    IsPastDue: false,
  })
})

test('a timer that never ran can be run by hand', async (t) => {
  const time = new VirtualClock()
  const engine = await makeEngine(t, time)
  const { context } = await startHost({ engine, clock: time, binding: { schedule: '00:00:10' } })
  const input = await timerTrigger({ engine, clock: time }).manualInput?.(context, '')
  assert.equal(JSON.parse(input?.data.json ?? '').ScheduleStatus, null)
})
