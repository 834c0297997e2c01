import assert from 'node:assert/strict'
import { test } from 'node:test'
import { UserError } from '@aloft/kernel'
import { formatTime, parseTimeSpan } from '../../src/usage/time-span.ts'

const now = Date.parse('2026-03-15T10:30:00Z')

const spans: readonly (readonly [
  from: string | undefined,
  to: string | undefined,
  start: string,
  end: string,
])[] = [
  [undefined, undefined, '2026-03-01 00:00', '2026-03-15 10:30'],
  ['2026-01-31', undefined, '2026-01-31 00:00', '2026-03-15 10:30'],
  ['2026-01-01', '2026-01-31', '2026-01-01 00:00', '2026-02-01 00:00'],
  ['2026-01-01T12:30', '2026-01-01 13:00', '2026-01-01 12:30', '2026-01-01 13:00'],
  ['2026-01-01T12:30:00+02:00', '2026-01-01T12:30:00Z', '2026-01-01 10:30', '2026-01-01 12:30'],
  ['7d', '12h', '2026-03-08 10:30', '2026-03-14 22:30'],
  ['30m', undefined, '2026-03-15 10:00', '2026-03-15 10:30'],
]

for (const [from, to, start, end] of spans) {
  test(`from ${from ?? 'nothing'} to ${to ?? 'nothing'} is ${start} to ${end}`, () => {
    const span = parseTimeSpan({ from, to }, now)
    assert.deepEqual([formatTime(span.from), formatTime(span.to)], [start, end])
  })
}

for (const wrong of ['yesterday', '2026-13-01', '2026-1-1', '5', '5w', '', '2026-02-30T00:00+9']) {
  test(`'${wrong}' is no time`, () => {
    assert.throws(() => parseTimeSpan({ from: wrong }, now), UserError)
  })
}

test('a span that ends before it begins is a user error', () => {
  assert.throws(
    () => parseTimeSpan({ from: '1d', to: '2d' }, now),
    /time span ends \(2026-03-13 10:30\) before it begins/,
  )
})
