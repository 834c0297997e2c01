import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SpanTelemetry } from '@aloft/kernel'
import picocolors from 'picocolors'
import { renderOrchestration, SpanCollector } from '../../src/console/span-lines.ts'

const start = Date.UTC(2026, 0, 1)
const plain = picocolors.createColors(false)

const own: SpanTelemetry = {
  app: 'shop',
  traceId: 't',
  spanId: 'own',
  parentSpanId: 'client',
  kind: 'server',
  name: 'orchestration:Order',
  startTime: start,
  durationMs: 200,
  error: undefined,
  attributes: {
    'durabletask.type': 'orchestration',
    'durabletask.task.status': 'Completed',
    'durabletask.task.instance_id': 'o1',
  },
}

function step(name: string, began: number, durationMs: number, error?: string): SpanTelemetry {
  const kind = name.endsWith(':timer') ? 'internal' : 'client'
  return {
    ...own,
    spanId: name,
    parentSpanId: 'own',
    kind,
    name,
    startTime: start + began,
    durationMs,
    error,
  }
}

test('an orchestration that ends shows its steps in order, and where their time is', () => {
  const collector = new SpanCollector()
  for (const span of [
    step('activity:Pay', 120, 80, 'no money'),
    step('orchestration:Order:timer', 20, 100),
    step('activity:Reserve', 0, 12.34),
  ])
    assert.equal(collector.add(span), undefined)
  assert.equal(
    collector.add({ ...own, kind: 'server', attributes: { 'durabletask.type': 'activity' } }),
    undefined,
  )
  const trace = collector.add(own)
  assert.ok(trace)
  const time = '[2026-01-01T00:00:00.200Z]'
  assert.equal(
    renderOrchestration(trace, undefined, plain),
    [
      `${time} └ orchestration Order Completed in 200 ms (o1)`,
      `${time}        0.0     12.3 ▇                    activity Reserve`,
      `${time}       20.0      100   ▇▇▇▇▇▇▇▇▇▇         timer`,
      `${time}        120     80.0             ▇▇▇▇▇▇▇▇ activity Pay failed`,
      '',
    ].join('\n'),
  )
})

test('of many steps it shows the first ones and how many more there were', () => {
  const collector = new SpanCollector()
  for (let index = 0; index < 1000; index++) collector.add(step(`activity:${index}`, index, 1))
  const text = renderOrchestration(collector.add(own)!, '[shop]', plain)
  assert.equal(text.split('\n').length, 23)
  assert.match(text, /\[shop\] {3}and 980 more\n$/)
  assert.equal(collector.add(own)?.steps.length, 0)
})
