import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { nextMatch, parseCrontab } from '../../src/timer/crontab.ts'

const dayMs = 86_400_000

/** `dd/MM/yyyy HH:mm:ss`, as in NCrontab's own tests. */
function wall(text: string): number {
  const [, day, month, year, clock] = /^(\d+)\/(\d+)\/(\d+) (.+)$/.exec(text) ?? []
  return Date.parse(`${year}-${month}-${day}T${clock}Z`)
}

function next(expression: string, after: string): string | undefined {
  const match = nextMatch(parseCrontab(expression), wall(after))
  if (match === undefined) return undefined
  const [date = '', clock = ''] = new Date(match).toISOString().slice(0, 19).split('T')
  return `${date.split('-').reverse().join('/')} ${clock}`
}

test('expressions are printed as NCrontab prints them', () => {
  const cases: Record<string, string> = {
    '* * * * * *': '* * * * * *',
    '0 */5 * * * *': '0 0,5,10,15,20,25,30,35,40,45,50,55 * * * *',
    '* * * * *': '* * * * *',
    '* 1-2,3 * * *': '* 1-3 * * *',
    '* * * */2 *': '* * * 1,3,5,7,9,11 *',
    '10-40/15 * * * *': '10,25,40 * * * *',
    '55 * * * Mar,Jan,Aug Fri,Mon-Tue': '55 * * * 1,3,8 1-2,5',
    '  0  59  11 * * 1-5 ': '0 59 11 * * 1-5',
    '0 0 0-23 * * *': '0 0 * * * *',
  }
  for (const [expression, text] of Object.entries(cases)) {
    assert.equal(parseCrontab(expression).text, text, expression)
  }
})

test('fields mean what they mean to NCrontab', () => {
  const hours = (field: string) => parseCrontab(`0 0 ${field} * * *`).hours
  assert.deepEqual(hours('5/6'), [5, 11, 17, 23])
  assert.deepEqual(hours('*/7'), [0, 7, 14, 21])
  assert.deepEqual(hours('20-22'), [20, 21, 22])
  assert.deepEqual(hours('22-20'), [20, 21, 22])
  assert.deepEqual(hours('8-18/5,3'), [3, 8, 13, 18])
  assert.equal(hours('*/0').length, 24)
  assert.deepEqual(parseCrontab('0 0 0 1 sept-OCTOBER,J M-w').months, [1, 9, 10])
  assert.deepEqual(parseCrontab('0 0 0 1 1 M-w').weekdays, [1, 2, 3])
  assert.deepEqual(parseCrontab('5 * * * *').seconds, [0])
})

test('what NCrontab refuses is refused, with the field and the part that is wrong', () => {
  const cases: Record<string, RegExp> = {
    '': /It has 0 fields instead of 6/,
    '* * * *': /It has 4 fields/,
    '* * * * * * *': /It has 7 fields/,
    '60 * * * * *': /'60' is not a valid second; it must be from 0 to 59/,
    '0 60 * * * *': /'60' is not a valid minute/,
    '0 0 24 * * *': /'24' is not a valid hour/,
    '0 0 0 0 * *': /'0' is not a valid day; it must be from 1 to 31/,
    '0 0 0 32 * *': /'32' is not a valid day/,
    '0 0 0 1 13 *': /'13' is not a valid month/,
    '0 0 0 * * 7': /'7' is not a valid day of week; it must be from 0 to 6/,
    '0 0 0 * * 0-7': /'7' is not a valid day of week/,
    '0 0 0 * * mon,bad,wed': /'bad' is not a valid day of week/,
    '0 0 0 L * *': /'L' is not a valid day/,
    '0 0 0 ? * *': /'\?' is not a valid day/,
    '0 0 0 * * MON#2': /'MON#2' is not a valid day of week/,
    '0 3-l2 * * * *': /'l2' is not a valid minute/,
    '0 1/Z * * * *': /'1\/Z' is not a valid minute/,
    '0 1,,2 * * * *': /'' is not a valid minute/,
    '0 ,1 * * * *': /'' is not a valid minute/,
    '0 -1 * * * *': /'-1' is not a valid minute/,
    '0 *-5 * * * *': /'\*-5' is not a valid minute/,
    '@daily': /It has 1 fields/,
    '0 0 0\t* * *': /It has 5 fields|not a valid/,
  }
  for (const [expression, message] of Object.entries(cases)) {
    assert.throws(() => parseCrontab(expression), { message }, expression)
  }
})

// Source: CrontabScheduleTests of NCrontab; five fields are minutes and up.
const evaluations: [after: string, expression: string, next: string][] = [
  ['01/01/2003 00:00:00', '* * * * *', '01/01/2003 00:01:00'],
  ['31/12/2003 23:59:00', '* * * * *', '01/01/2004 00:00:00'],
  ['28/02/2003 23:59:00', '* * * * *', '01/03/2003 00:00:00'],
  ['28/02/2004 23:59:00', '* * * * *', '29/02/2004 00:00:00'],
  ['01/01/2003 00:00:49', '45-47,48,49 * * * * *', '01/01/2003 00:01:45'],
  ['01/01/2003 00:00:57', '2/5 * * * * *', '01/01/2003 00:01:02'],
  ['24/02/2021 09:50:35', '* 0-1 10 * * *', '24/02/2021 10:00:00'],
  ['24/02/2021 09:50:35', '* 55 * * * *', '24/02/2021 09:55:00'],
  ['01/01/2003 00:49:30', '6 45-47,48,49 * * * *', '01/01/2003 01:45:06'],
  ['20/12/2003 10:00:00', ' * 3/4 * * *', '20/12/2003 11:00:00'],
  ['01/02/2003 00:30:00', '30  *  1 * *', '01/02/2003 01:30:00'],
  ['31/01/2000 00:00:00', '0 0 15,30,31 * *', '15/02/2000 00:00:00'],
  ['15/02/2000 00:00:00', '0 0 15,30,31 * *', '15/03/2000 00:00:00'],
  ['01/07/2002 05:00:00', '10 * * February,April-Jun *', '01/02/2003 00:10:00'],
  ['11/03/1988 14:23:00', '* 2,4-8,15 * 6 *', '01/06/1988 02:00:00'],
  ['26/06/2003 10:00:00', '30 6 * * SUNDAY', '29/06/2003 06:30:00'],
  ['01/01/2003 12:00:00', '45 16 1 * Mon', '01/09/2003 16:45:00'],
  ['01/09/2003 23:45:00', '45 16 1 * Mon', '01/12/2003 16:45:00'],
  ['29/02/2000 12:01:00', '1 12 29 2 *', '29/02/2004 12:01:00'],
  ['29/02/2004 12:01:00', '1 12 28 2 *', '28/02/2005 12:01:00'],
  ['01/01/2017 00:00:00', '0 0 29 Feb Mon', '29/02/2044 00:00:00'],
]

test('next occurrences are those of NCrontab, day of month and day of week together', () => {
  for (const [after, expression, expected] of evaluations) {
    assert.equal(next(expression, after), expected, `${expression} after ${after}`)
  }
})

test('29 February on a given weekday is found across 2100, when no leap year comes for eight years', () => {
  assert.equal(next('0 0 29 2 1', '01/03/2072 00:00:00'), '29/02/2112 00:00:00')
})

test('a date that never comes has no occurrence', () => {
  assert.equal(next('0 0 0 31 2 *', '01/01/2026 00:00:00'), undefined)
})

test('fractions of a second do not delay the next second', () => {
  const after = wall('01/01/2026 00:00:00') + 999
  assert.equal(nextMatch(parseCrontab('* * * * * *'), after), after + 1)
})

interface Sample {
  readonly text: string
  readonly values: ReadonlySet<number>
}

/** A field in one of its spellings, with the values that it stands for. */
function field(min: number, max: number): fc.Arbitrary<Sample> {
  const range = (low: number, high: number, step = 1) => {
    const values = new Set<number>()
    for (let value = low; value <= high; value += step) values.add(value)
    return values
  }
  const value = fc.integer({ min, max })
  const step = fc.integer({ min: 1, max: max - min })
  return fc.oneof(
    fc.constant({ text: '*', values: range(min, max) }),
    value.map((one) => ({ text: `${one}`, values: range(one, one) })),
    step.map((by) => ({ text: `*/${by}`, values: range(min, max, by) })),
    fc.tuple(value, step).map(([from, by]) => ({ text: `${from}/${by}`, values: range(from, max, by) })),
    fc.tuple(value, value, step).map(([a, b, by]) => {
      const [low, high] = a < b ? [a, b] : [b, a]
      return low === high
        ? { text: `${low}`, values: range(low, low) }
        : { text: `${low}-${high}/${by}`, values: range(low, high, by) }
    }),
    fc
      .array(value, { minLength: 1, maxLength: 4 })
      .map((list) => ({ text: list.join(','), values: new Set(list) })),
  )
}

test('the next occurrence is later, matches all fields, and none is skipped', () => {
  const fields = fc.tuple(field(0, 59), field(0, 59), field(0, 23), field(1, 31), field(1, 12), field(0, 6))
  const time = fc.integer({ min: Date.UTC(2024, 0, 1), max: Date.UTC(2030, 0, 1) })
  fc.assert(
    fc.property(fields, time, (samples, after) => {
      const [seconds, minutes, hours, days, months, weekdays] = samples.map((sample) => sample.values)
      const isDay = (date: Date) =>
        months!.has(date.getUTCMonth() + 1) && days!.has(date.getUTCDate()) && weekdays!.has(date.getUTCDay())
      const isMatch = (at: number) =>
        seconds!.has((at / 1000) % 60) &&
        minutes!.has(Math.floor(at / 60_000) % 60) &&
        hours!.has(Math.floor(at / 3_600_000) % 24) &&
        isDay(new Date(at))
      const found = nextMatch(parseCrontab(samples.map((sample) => sample.text).join(' ')), after)
      const end = found ?? after + 5 * 366 * dayMs
      if (found !== undefined) assert.ok(found > after && found % 1000 === 0 && isMatch(found))
      for (let at = Math.floor(after / 1000 + 1) * 1000; at < end; ) {
        const isWholeDayLeft = at % dayMs === 0 && at + dayMs <= end
        if (isWholeDayLeft ? isDay(new Date(at)) : isMatch(at)) assert.fail(new Date(at).toISOString())
        at += isWholeDayLeft ? dayMs : 1000
      }
    }),
    { numRuns: 60 },
  )
})
