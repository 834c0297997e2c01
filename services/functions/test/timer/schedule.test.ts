import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { endOfTime, parseSchedule } from '../../src/timer/schedule.ts'
import {
  formatJsonTime,
  formatOccurrence,
  formatRoundTrip,
  parseJsonTime,
} from '../../src/timer/time-text.ts'
import { instantsOf, timeZone } from '../../src/timer/time-zone.ts'
import { windowsZones } from '../../src/timer/windows-zones.ts'

const utc = timeZone('UTC')
const pacific = timeZone('America/Los_Angeles')

/** The next `count` occurrences after `start` in the zone, as local time and offset. */
function occurrences(expression: string, start: string, count: number, zone = pacific): string[] {
  const schedule = parseSchedule(expression, zone)
  const found: string[] = []
  for (let at = Date.parse(start); found.length < count; ) {
    at = schedule.next(at)
    found.push(formatJsonTime(at, zone))
  }
  return found
}

test('a TimeSpan is a constant schedule', () => {
  const schedule = parseSchedule('00:05:00', utc)
  assert.equal(schedule.text, 'Constant: 00:05:00')
  assert.equal(schedule.adjustForDst, false)
  assert.equal(schedule.next(1234), 301_234)
})

test('a cron expression is shown as the host shows it', () => {
  const schedule = parseSchedule('0 */30 * * * *', utc)
  assert.equal(schedule.text, "Cron: '0 0,30 * * * *'")
  assert.equal(schedule.adjustForDst, true)
})

test('anything else is refused with the expression and what is wrong with it', () => {
  assert.throws(() => parseSchedule('0 0 0 * * 7', utc), {
    name: 'UserError',
    message:
      "The schedule expression '0 0 0 * * 7' was not recognized as a valid cron expression or timespan string.",
    hint: "'7' is not a valid day of week; it must be from 0 to 6.",
  })
  assert.throws(() => parseSchedule('00:00:00', utc), { hint: 'The time span must be positive.' })
  assert.throws(() => parseSchedule('%MISSING%', utc), { message: /'%MISSING%' was not recognized/ })
})

test('only schedules with several runs in every minute are sub-minute', () => {
  const cases: Record<string, boolean> = {
    '* * * * * *': true,
    '*/30 * * * * *': true,
    '0 * * * * *': false,
    '* * * * *': false,
    '*/10 0-58 * * * *': false,
    '*/10 * * * * 1-5': false,
    '00:00:59': true,
    '00:01:00': false,
  }
  for (const [expression, expected] of Object.entries(cases)) {
    assert.equal(parseSchedule(expression, utc).isSubMinute, expected, expression)
  }
})

test('a date that never comes is at the end of time', () => {
  assert.equal(parseSchedule('0 0 0 31 2 *', utc).next(0), endOfTime)
  assert.equal(formatOccurrence(endOfTime, utc), '12/31/9999 23:59:59Z')
})

// Source: CronScheduleTests of azure-webjobs-sdk-extensions.
test('an hourly schedule loses no hour when clocks go forward', () => {
  assert.deepEqual(occurrences('0 30 * * * *', '2018-03-11T00:00:00-08:00', 4), [
    '2018-03-11T00:30:00-08:00',
    '2018-03-11T01:30:00-08:00',
    '2018-03-11T03:30:00-07:00',
    '2018-03-11T04:30:00-07:00',
  ])
})

test('a time that clocks leave out runs as much later', () => {
  assert.deepEqual(occurrences('0 30 2 * * *', '2018-03-10T00:00:00-08:00', 3), [
    '2018-03-10T02:30:00-08:00',
    '2018-03-11T03:30:00-07:00',
    '2018-03-12T02:30:00-07:00',
  ])
})

test('several times that clocks leave out all run as much later', () => {
  assert.deepEqual(occurrences('0 0,30 2 * * *', '2018-03-11T00:00:00-08:00', 3), [
    '2018-03-11T03:00:00-07:00',
    '2018-03-11T03:30:00-07:00',
    '2018-03-12T02:00:00-07:00',
  ])
})

test('a fixed hour runs once when clocks go back', () => {
  assert.deepEqual(occurrences('0 30 1 * * *', '2018-11-03T00:00:00-07:00', 3), [
    '2018-11-03T01:30:00-07:00',
    '2018-11-04T01:30:00-07:00',
    '2018-11-05T01:30:00-08:00',
  ])
})

test('a fixed hour does not run again for a host that starts in its repetition', () => {
  assert.deepEqual(occurrences('0 30 1 * * *', '2018-11-04T01:29:00-08:00', 1), ['2018-11-05T01:30:00-08:00'])
})

test('a yearly run within the repeated hour is not lost', () => {
  assert.deepEqual(occurrences('0 30 1 4 11 *', '2018-01-01T00:00:00-08:00', 1), [
    '2018-11-04T01:30:00-07:00',
  ])
})

test('an interval goes on through the repeated hour', () => {
  assert.deepEqual(occurrences('0 */20 * * * *', '2018-11-04T00:30:00-07:00', 8), [
    '2018-11-04T00:40:00-07:00',
    '2018-11-04T01:00:00-07:00',
    '2018-11-04T01:20:00-07:00',
    '2018-11-04T01:40:00-07:00',
    '2018-11-04T01:00:00-08:00',
    '2018-11-04T01:20:00-08:00',
    '2018-11-04T01:40:00-08:00',
    '2018-11-04T02:00:00-08:00',
  ])
  assert.deepEqual(occurrences('0 30 * * * *', '2018-11-04T01:00:00-07:00', 3), [
    '2018-11-04T01:30:00-07:00',
    '2018-11-04T01:30:00-08:00',
    '2018-11-04T02:30:00-08:00',
  ])
})

test('a constant schedule does not care about clocks', () => {
  assert.deepEqual(occurrences('12:00:00', '2018-11-03T18:00:00-07:00', 2), [
    '2018-11-04T05:00:00-08:00',
    '2018-11-04T17:00:00-08:00',
  ])
})

/** Every minute of the two days around a change of clocks, with what clocks show. */
function minutesAround(zoneName: string, change: string) {
  const zone = timeZone(zoneName)
  const start = Date.parse(change) - 86_400_000
  const minutes = Array.from({ length: 2880 }, (_, index) => start + index * 60_000)
  return { zone, minutes: minutes.map((at) => ({ at, wall: at + zone.offsetAt(at) })) }
}

const changes = [
  minutesAround('America/Los_Angeles', '2026-03-08T10:00:00Z'),
  minutesAround('America/Los_Angeles', '2026-11-01T09:00:00Z'),
  minutesAround('Europe/Berlin', '2026-03-29T01:00:00Z'),
  minutesAround('Europe/Berlin', '2026-10-25T01:00:00Z'),
  minutesAround('Australia/Lord_Howe', '2026-04-04T15:00:00Z'),
  minutesAround('Asia/Kathmandu', '2026-04-04T15:00:00Z'),
]

test('around a change of clocks no minute is skipped and none comes unasked', () => {
  const list = (max: number) =>
    fc.uniqueArray(fc.nat(max), { minLength: 1, maxLength: 3 }).map((values) => values.sort((a, b) => a - b))
  fc.assert(
    fc.property(fc.nat(changes.length - 1), list(59), list(4), fc.nat(2879), (change, at, hours, from) => {
      const { zone, minutes } = changes[change]!
      // A list with neighbours is printed as a range, which makes it an interval.
      const isInterval = [at, hours].some((values) => values.some((value) => values.includes(value + 1)))
      const isAsked = (wall: number) => {
        const date = new Date(wall)
        return at.includes(date.getUTCMinutes()) && hours.includes(date.getUTCHours())
      }
      const shown = new Set<number>()
      const expected = minutes.filter((minute, index) => {
        const isRepeated = shown.has(minute.wall)
        shown.add(minute.wall)
        const skippedMs = minute.wall - (minutes[index - 60]?.wall ?? minute.wall - 3_600_000) - 3_600_000
        const isShifted =
          skippedMs > 0 && isAsked(minute.wall - skippedMs) && !shown.has(minute.wall - skippedMs)
        return (isAsked(minute.wall) && (isInterval || !isRepeated)) || isShifted
      })
      const start = minutes[from]!.at
      const next = parseSchedule(`0 ${at} ${hours} * * *`, zone).next(start)
      const naive = expected.find((minute) => minute.at > start)?.at
      if (naive !== undefined) assert.equal(next, naive)
      else assert.ok(next > minutes.at(-1)!.at)
    }),
    { numRuns: 500 },
  )
})

test('time zones have IANA names and Windows names, in any case', () => {
  assert.equal(timeZone('w. europe standard time').name, 'Europe/Berlin')
  assert.equal(timeZone('europe/paris').name, 'Europe/Paris')
  assert.equal(timeZone('Etc/UTC').isUtc, true)
  assert.equal(timeZone('Eastern Standard Time').offsetAt(Date.UTC(2026, 6, 1)), -4 * 3_600_000)
  assert.equal(timeZone('India Standard Time').offsetAt(0), 5.5 * 3_600_000)
})

test('an unknown time zone is named, with the two kinds of names', () => {
  assert.throws(() => timeZone('Mars/Olympus'), {
    name: 'UserError',
    message: "There is no time zone 'Mars/Olympus'.",
  })
})

test('every Windows name stands for a zone that is known here', () => {
  for (const name of Object.keys(windowsZones)) assert.doesNotThrow(() => timeZone(name), name)
})

test('what clocks show leads back to the instant', () => {
  const zones = [
    'America/Los_Angeles',
    'Europe/Dublin',
    'Australia/Lord_Howe',
    'Pacific/Apia',
    'Africa/Casablanca',
  ]
  const instant = fc.integer({ min: Date.UTC(2012, 0, 1), max: Date.UTC(2040, 0, 1) })
  fc.assert(
    fc.property(fc.constantFrom(...zones.map(timeZone)), instant, (zone, at) => {
      assert.ok(instantsOf(zone, at + zone.offsetAt(at)).includes(at))
    }),
  )
})

test('times are written as .NET writes them', () => {
  const at = Date.UTC(2026, 6, 4, 10, 5, 9, 120)
  assert.equal(formatJsonTime(at, utc), '2026-07-04T10:05:09.12+00:00')
  assert.equal(formatJsonTime(at - 120, pacific), '2026-07-04T03:05:09-07:00')
  assert.equal(formatJsonTime(undefined, pacific), '0001-01-01T00:00:00+00:00')
  assert.equal(formatRoundTrip(at, timeZone('Asia/Kolkata')), '2026-07-04T15:35:09.1200000+05:30')
  assert.equal(formatOccurrence(at, utc), '07/04/2026 10:05:09Z')
  assert.equal(formatOccurrence(at, pacific), '07/04/2026 03:05:09-07:00 (07/04/2026 10:05:09Z)')
})

test('JSON times are read back, whatever their offset', () => {
  const at = Date.UTC(2026, 6, 4, 10, 5, 9, 120)
  for (const zone of [utc, pacific]) assert.equal(parseJsonTime(formatJsonTime(at, zone)), at)
  assert.equal(parseJsonTime(formatJsonTime(undefined, utc)), undefined)
  assert.throws(() => parseJsonTime('soon'), { message: /'soon' is not a time/ })
})
