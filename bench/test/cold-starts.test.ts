import assert from 'node:assert/strict'
import { test } from 'node:test'
import { renderColdStartReport } from '../harness/cold-start-report.ts'

const mebibyte = 2 ** 20
const run = (durationMs: number, workerRss: number) => ({
  durationMs,
  memory: { serverRss: 60 * mebibyte, workerRss },
})

test('a start is reported with the median, fastest and slowest of its runs and its memory at rest', () => {
  const report = renderColdStartReport('3 runs.', [
    { name: 'aloft', runs: [300, 100, 150].map((durationMs) => run(durationMs, 40 * mebibyte)) },
    { name: 'node', runs: [run(12.34, Number.NaN)] },
  ])
  const rows = report.split('\n').filter((line) => line.startsWith('| '))
  const cells = rows.map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )
  assert.deepEqual(cells[2], ['aloft', '150', '100', '300', '60', '40'])
  assert.deepEqual(cells[3], ['node', '12.3', '12.3', '12.3', '60', '—'])
})
