import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { HistoryEvent, OrchestratorTurn } from '../../src/contracts.ts'
import {
  activityBindingData,
  activityMetadata,
  orchestrationMetadata,
} from '../../src/oop/trigger-metadata.ts'

const turnOf = (turn: Partial<OrchestratorTurn>): OrchestratorTurn => ({
  ...{ taskHub: 'Hub', instanceId: 'i', executionId: 'x', name: 'Program', version: null, input: null },
  ...{ parentInstanceId: null, pastEvents: [], newEvents: [], historyJson: () => '[]', ...turn },
})
const asItIs = <T>(datum: T): T => datum

test('an orchestrator finds its id and its input in the binding data', () => {
  assert.deepEqual(orchestrationMetadata(turnOf({ input: '{"name":"Ann"}' }), asItIs), {
    instanceId: { string: 'i' },
    isReplaying: { string: 'False' },
    input: { json: '{"name":"Ann"}' },
  })
  const later = turnOf({ parentInstanceId: 'p', pastEvents: [{} as HistoryEvent] })
  assert.deepEqual(orchestrationMetadata(later, asItIs), {
    instanceId: { string: 'i' },
    isReplaying: { string: 'True' },
    parentInstanceId: { string: 'p' },
  })
})

test('inputs of an orchestrator are given as the host gives members of JSON', () => {
  const rows = [
    ['"text"', { string: 'text' }],
    ['5', { string: '5' }],
    ['true', { string: 'True' }],
    ['[1]', undefined],
    ['null', undefined],
  ] as const
  for (const [input, expected] of rows)
    assert.deepEqual(orchestrationMetadata(turnOf({ input }), asItIs).input, expected, input)
})

test('an activity finds the members of its input beside the input, and in the place of its id', () => {
  const data = { string: '{"name":"Ann","age":7,"isNew":false,"of":{"a":1},"list":[1],"none":null}' }
  assert.deepEqual(activityMetadata(data, 'i', asItIs), {
    data,
    instanceId: { string: 'i' },
    name: { string: 'Ann' },
    age: { string: '7' },
    isNew: { string: 'False' },
    of: { json: '{"a":1}' },
  })
  assert.deepEqual(activityMetadata({ string: '{"instanceId":"own"}' }, 'i', asItIs).instanceId, {
    string: 'own',
  })
})

test('an activity whose input is no JSON object has nothing more', () => {
  for (const data of [{ string: 'text' }, { string: '{broken' }, { string: '[1]' }, {}])
    assert.deepEqual(activityMetadata(data, 'i', asItIs), { data, instanceId: { string: 'i' } })
})

test('binding expressions of an activity may name its id and its input', () => {
  assert.deepEqual(activityBindingData({ string: '{"name":"Ann"}' }, 'i'), {
    instanceId: 'i',
    data: { name: 'Ann' },
  })
  assert.deepEqual(activityBindingData({ string: 'text' }, 'i').data, 'text')
  assert.deepEqual(activityBindingData({ json: '"{text"' }, 'i').data, '{text')
})
