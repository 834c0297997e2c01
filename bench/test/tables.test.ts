import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatMebibytes, formatNumber, formatRatio, renderTable } from '../harness/tables.ts'

test('the first column is left-aligned, the others right-aligned', () => {
  const table = renderTable(
    ['server', 'req/s'],
    [
      ['node:http', '56,000'],
      ['x', '1'],
    ],
  )
  assert.equal(
    table,
    [
      '| server    |  req/s |',
      '| --------- | -----: |',
      '| node:http | 56,000 |',
      '| x         |      1 |',
    ].join('\n'),
  )
})

test('numbers have three significant digits, and at most two decimals', () => {
  assert.deepEqual([0, 0.0123, 1.2345, 12.345, 123.45, 56_789.4].map(formatNumber), [
    '0.00',
    '0.01',
    '1.23',
    '12.3',
    '123',
    '56,789',
  ])
})

test('what was not measured is a dash', () => {
  assert.deepEqual(
    [formatNumber(Number.NaN), formatRatio(1 / 0), formatMebibytes(Number.NaN)],
    ['—', '—', '—'],
  )
  assert.deepEqual([formatRatio(1234.5), formatMebibytes(50 * 2 ** 20)], ['1,235×', '50'])
})
