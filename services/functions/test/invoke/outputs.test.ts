import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BindingContext, BindingDefinition, FunctionDefinition, OutputValue } from '@aloft/kernel'
import { Logger } from '@aloft/kernel'
import { VirtualClock } from '@aloft/kernel/testing'
import type { ResultMessage } from '@aloft/wire'
import { BindingRegistry } from '../../src/binding-registry.ts'
import { prepareFunction } from '../../src/invoke/function-entry.ts'
import { BindingResolver } from '../../src/invoke/inputs.ts'
import { outputsOf, returnValueOf, writeOutputs } from '../../src/invoke/outputs.ts'

const binding = (name: string, type: string, direction: 'in' | 'out'): BindingDefinition => ({
  name,
  type,
  direction,
  dataType: 'undefined',
})

function entryOf(...bindings: BindingDefinition[]) {
  const trigger = binding('item', 'memoryTrigger', 'in')
  const definition: FunctionDefinition = {
    name: 'copy',
    id: 'copy',
    bindings: [trigger, ...bindings],
    trigger,
    retry: undefined,
    isDisabled: false,
    language: 'node',
    scriptFile: '',
    entryPoint: '',
  }
  return prepareFunction(definition, new Logger(new VirtualClock(), []))
}

const result = (more: Partial<ResultMessage>): ResultMessage => ({
  invocationId: '1',
  outputData: [],
  ...more,
})

/** Writes with outputs that take as long as the test wants. */
function writing(entry: ReturnType<typeof entryOf>, from: ResultMessage) {
  const events: string[] = []
  const gates = new Map<string, PromiseWithResolvers<void>>()
  const registry = new BindingRegistry([
    {
      outputs: [
        {
          type: 'memory',
          async write({ name }: BindingDefinition, values: readonly OutputValue[]) {
            const gate = Promise.withResolvers<void>()
            gates.set(name, gate)
            events.push(`${name} ${values.length}`)
            await gate.promise
          },
        },
      ],
    },
  ])
  // Outputs without expressions look at neither.
  const context = {} as BindingContext
  const resolver = new BindingResolver({ data: {}, reason: '' }, context)
  return { events, gates, written: writeOutputs(outputsOf(entry, from), registry, resolver, context) }
}

test('outputs are written side by side', async () => {
  const entry = entryOf(binding('one', 'memory', 'out'), binding('two', 'memory', 'out'))
  const outputData = [
    { name: 'one', data: { string: 'a' } },
    { name: 'TWO', data: { json: '[1,2]' } },
  ]
  const { events, gates, written } = writing(entry, result({ outputData }))
  assert.deepEqual(events, ['one 1', 'two 2'])
  for (const gate of gates.values()) gate.resolve()
  await written
})

test('one that fails fails the writing', async () => {
  const entry = entryOf(binding('one', 'memory', 'out'), binding('two', 'memory', 'out'))
  const outputData = ['one', 'two'].map((name) => ({ name, data: { string: 'a' } }))
  const { gates, written } = writing(entry, result({ outputData }))
  gates.get('two')!.reject(new Error('full'))
  await assert.rejects(written, /^Error: full$/)
  gates.get('one')!.resolve()
})

test('an output that got nothing is not written', async () => {
  const entry = entryOf(binding('one', 'memory', 'out'), binding('two', 'memory', 'out'))
  const outputData = [{ name: 'one', data: { json: 'null' } }]
  const { events, written } = writing(entry, result({ outputData }))
  await written
  assert.deepEqual(events, [])
})

test('the HTTP answer is the output of that type, under whatever name, and none that the host writes', () => {
  const entry = entryOf(binding('res', 'HTTP', 'out'))
  const data = { http: { statusCode: '201' } }
  const named = result({ outputData: [{ name: 'Res', data }], returnValue: { string: 'other' } })
  assert.deepEqual([returnValueOf(entry, named), outputsOf(entry, named)], [data, []])
})

test('what a function returns is its answer when it has no other', () => {
  const returnValue = { http: { statusCode: '200' } }
  for (const name of ['$return', 'res'])
    assert.equal(returnValueOf(entryOf(binding(name, 'http', 'out')), result({ returnValue })), returnValue)
  assert.equal(returnValueOf(entryOf(), result({ returnValue: null })), undefined)
})
