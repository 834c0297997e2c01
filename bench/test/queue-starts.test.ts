import assert from 'node:assert/strict'
import { test } from 'node:test'
import { measureStarts, startTriggerApp } from '../harness/queue-starts.ts'

test('a function starts once for each message that is put, and the time between is told', async () => {
  await using stack = new AsyncDisposableStack()
  const app = await startTriggerApp(stack)
  const run = await measureStarts(app, { perSecond: 100, seconds: 0.5 })
  assert.deepEqual([run.sent, run.putsMs.length, run.startsMs.length], [50, 50, 50])
  assert.ok(run.startsMs.every((ms) => ms > 0 && ms < 60_000))
  assert.ok(run.hostCpuMs > 0)
})
