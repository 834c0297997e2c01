/** Where the time of an invocation went, for those who ask. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { InvocationTelemetry } from '@aloft/kernel'
import { HostUnderTest } from './app-under-test.ts'
import { MemoryBindings } from './memory-bindings.ts'

async function recordsOf(wantsPhases: boolean): Promise<InvocationTelemetry[]> {
  const records: InvocationTelemetry[] = []
  const telemetry = { wantsPhases, invocation: (record: InvocationTelemetry) => void records.push(record) }
  const memory = new MemoryBindings()
  memory.values.set('items/7', { json: '{}' })
  const host = await HostUnderTest.open({ extensions: [memory], telemetry })
  try {
    const app = await host.startApp({ fixture: 'bindings', settings: { Prefix: 'items' } })
    await app.json('read/7?key=none', { headers: { 'x-key': 'none' } })
    return records
  } finally {
    await host.close()
  }
}

test('the phases of an invocation add up to its duration', async () => {
  const [record] = await recordsOf(true)
  const { waitMs, inputsMs, workerMs, outputsMs } = record!.phases!
  assert.ok(workerMs > 0 && inputsMs > 0)
  const sum = waitMs + inputsMs + workerMs + outputsMs
  assert.ok(Math.abs(sum - record!.durationMs) < 1, `${sum} of ${record!.durationMs} ms`)
})

test('nobody measures phases that nobody wants', async () => {
  const [record] = await recordsOf(false)
  assert.equal(record!.phases, undefined)
})
