import assert from 'node:assert/strict'
import { test } from 'node:test'
import { currentTrace, formatTraceParent, newSpan, parseTraceParent, withTrace } from '@aloft/kernel'

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
const spanId = '00f067aa0ba902b7'

test('a traceparent is read and written back', () => {
  const context = parseTraceParent(`00-${traceId}-${spanId}-01`, 'vendor=1')
  assert.deepEqual(context, { traceId, spanId, isSampled: true, state: 'vendor=1' })
  assert.equal(formatTraceParent(context!), `00-${traceId}-${spanId}-01`)
})

test('only the lowest flag says sampled', () => {
  assert.equal(parseTraceParent(`00-${traceId}-${spanId}-00`)?.isSampled, false)
  assert.equal(parseTraceParent(`00-${traceId}-${spanId}-03`)?.isSampled, true)
  assert.equal(formatTraceParent({ traceId, spanId, isSampled: false, state: '' }).slice(-2), '00')
})

test('later versions may say more, this one may not', () => {
  assert.equal(parseTraceParent(`cc-${traceId}-${spanId}-01-what-the-future`)?.traceId, traceId)
  assert.equal(parseTraceParent(`00-${traceId}-${spanId}-01-more`), undefined)
})

for (const header of [
  undefined,
  '',
  `ff-${traceId}-${spanId}-01`,
  `00-${'0'.repeat(32)}-${spanId}-01`,
  `00-${traceId}-${'0'.repeat(16)}-01`,
  `00-${traceId.toUpperCase()}-${spanId}-01`,
  `00-${traceId}-${spanId}`,
  `00-${traceId}-${spanId}-01x`,
]) {
  test(`'${header}' is no traceparent`, () => assert.equal(parseTraceParent(header), undefined))
}

test('a child is of its parent trace with a span of its own, a root of a new one', () => {
  const parent = { traceId, spanId, isSampled: false, state: 's=1' }
  const child = newSpan(parent)
  assert.deepEqual({ ...child, spanId }, parent)
  assert.match(child.spanId, /^[0-9a-f]{16}$/)
  assert.notEqual(child.spanId, spanId)
  const root = newSpan()
  assert.match(root.traceId, /^[0-9a-f]{32}$/)
  assert.deepEqual([root.isSampled, root.state], [true, ''])
  assert.ok(parseTraceParent(formatTraceParent(root)))
})

test('work and all that it starts sees its own trace', async () => {
  const one = newSpan()
  const two = newSpan()
  const look = async () => {
    await Promise.resolve()
    return currentTrace()
  }
  assert.deepEqual(await Promise.all([withTrace(one, look), withTrace(two, look)]), [one, two])
  assert.equal(currentTrace(), undefined)
})
