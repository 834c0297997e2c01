import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { InvocationTelemetry } from '@aloft/kernel'
import picocolors from 'picocolors'
import { renderTrace } from '../../src/console/trace-lines.ts'

const record: InvocationTelemetry = {
  app: 'shop',
  functionName: 'hello',
  invocationId: 'i',
  traceId: 't',
  spanId: 's',
  parentSpanId: '',
  trigger: 'httpTrigger',
  startTime: Date.UTC(2026, 0, 1),
  durationMs: 112.34,
  success: true,
  resultCode: '200',
  url: undefined,
  error: undefined,
  phases: { waitMs: 0.12, inputsMs: 0, workerMs: 111.9, outputsMs: 0.32 },
}
const plain = picocolors.createColors(false)

test('a line tells the function, its result, its total and its phases', () => {
  assert.equal(
    renderTrace(record, undefined, plain),
    '[2026-01-01T00:00:00.112Z] └ hello 200 in 112 ms: wait 0.1 | inputs 0.0 | worker 112 | outputs 0.3\n',
  )
})

test('apps side by side are told apart, and triggers without a status say whether they failed', () => {
  const timer = { ...record, resultCode: '0', phases: undefined, durationMs: 5 }
  assert.equal(
    renderTrace({ ...timer, success: false }, '[shop]', plain),
    '[2026-01-01T00:00:00.005Z] [shop] └ hello failed in 5.0 ms\n',
  )
  assert.match(renderTrace(timer, undefined, plain), / hello ok in 5\.0 ms\n$/)
})

test('the longest phase stands out', () => {
  const colors = picocolors.createColors(true)
  assert.ok(renderTrace(record, undefined, colors).includes(colors.yellow('worker 112')))
})
