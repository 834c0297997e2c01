import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Usage, UsageReport } from '@aloft/functions'
import picocolors from 'picocolors'
import { renderUsage, usageJson } from '../../src/usage/render-usage.ts'

const plain = picocolors.createColors(false)

const orders: Usage = {
  executions: 1_234_567,
  failures: 3,
  duration: { mean: 12.345, p50: 0.4567, p95: 1234, longest: 600_000 },
  memoryMb: 256,
  executionUnits: 1,
  gbSeconds: 1234.5678,
  price: 0.266,
}

const report: UsageReport = {
  from: Date.UTC(2026, 0, 1),
  to: Date.UTC(2026, 0, 31, 12),
  apps: ['shop'],
  functions: [
    { app: 'shop', functionName: 'orders', ...orders },
    { app: 'shop', functionName: 'x', ...orders, executions: 1, price: 0.0000018 },
  ],
  total: orders,
  priceAfterFree: 0,
  prices: {
    currency: 'USD',
    perMillionExecutions: 0.2,
    perGbSecond: 0.000016,
    freePerMonth: { executions: 1_000_000, gbSeconds: 400_000 },
    source: 'https://example.com/prices',
  },
}

test('the table has a line a function, a total, and the price', () => {
  assert.equal(
    renderUsage(report, plain),
    [
      'Usage from 2026-01-01 00:00 to 2026-01-31 12:00 UTC',
      '',
      'app    function  executions  failed     mean      p50     p95  longest  memory       GB-s       USD',
      'shop   orders     1,234,567       3  12.3 ms  0.46 ms  1.23 s   10 min  256 MB  1,234.568      0.27',
      'shop   x                  1       3  12.3 ms  0.46 ms  1.23 s   10 min  256 MB  1,234.568  0.000002',
      'total             1,234,567       3  12.3 ms  0.46 ms  1.23 s   10 min  256 MB  1,234.568      0.27',
      '',
      "On Azure's Consumption plan this would cost 0.27 USD; 0.00 USD with the 1,000,000 executions and 400,000 GB-s that are free in a month.",
      '0.2 USD per million executions, 0.000016 USD per GB-s (https://example.com/prices)',
      '',
    ].join('\n'),
  )
})

test('JSON has everything, and times as text', () => {
  const { from, to, functions } = JSON.parse(usageJson(report))
  assert.deepEqual([from, to], ['2026-01-01T00:00:00.000Z', '2026-01-31T12:00:00.000Z'])
  assert.deepEqual(functions[0], { app: 'shop', functionName: 'orders', ...orders })
})
