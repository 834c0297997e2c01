import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ManualInput, TriggerContext, TriggerExtension } from '@aloft/kernel'
import { manualTrigger, warmupTrigger } from '../src/host-triggers.ts'

function inputOf(trigger: TriggerExtension, input: string): Promise<ManualInput> {
  return trigger.manualInput!({} as Omit<TriggerContext, 'invoke'>, input)
}

test('a manual trigger hands over its text, and members of JSON to binding expressions', async () => {
  const input = await inputOf(manualTrigger, '{"id":"7"}')
  assert.deepEqual(input.data, { string: '{"id":"7"}' })
  assert.deepEqual(input.bindingData?.(), { id: '7' })
})

test('a text that is no JSON object has no members', async () => {
  for (const text of ['', 'hello', '[1]', 'null']) {
    assert.deepEqual((await inputOf(manualTrigger, text)).bindingData?.(), {}, text)
  }
})

test('a warmup function gets an empty object', async () => {
  assert.deepEqual(await inputOf(warmupTrigger, 'ignored'), { data: { json: '{}' } })
})
