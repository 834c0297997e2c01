import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { OutputValue } from '@aloft/kernel'
import type { TypedData } from '@aloft/wire'
import fc from 'fast-check'
import { matchOutputs, toOutputValues } from '../../src/app/index.ts'

const text = (value: string): OutputValue => ({ kind: 'text', text: value })
const json = (value: string): OutputValue => ({ kind: 'json', text: value })
const bytes = (value: string): OutputValue => ({ kind: 'bytes', bytes: Buffer.from(value) })

const cases: readonly (readonly [title: string, data: TypedData, values: readonly OutputValue[]])[] = [
  ['text is one value', { string: 'hello' }, [text('hello')]],
  ['empty text is one value', { string: '' }, [text('')]],
  ['text that is a JSON object stays as it is', { string: '{ "a" : 1 }' }, [text('{ "a" : 1 }')]],
  [
    'text that is a JSON array is split',
    { string: ' ["a", {"b": 2}, 3]\n' },
    [text('a'), json('{"b":2}'), json('3')],
  ],
  ['text in brackets that is no JSON stays', { string: '[draft]' }, [text('[draft]')]],
  ['an empty array is nothing', { json: '[]' }, []],
  [
    'a JSON array is split; nulls are left out',
    { json: '["a",null,[1,2],true]' },
    [text('a'), json('[1,2]'), json('true')],
  ],
  ['an object is compact JSON', { json: '{\n "a": 1,\n "b": [1, 2] }' }, [json('{"a":1,"b":[1,2]}')]],
  ['JSON text is text', { json: '"hello"' }, [text('hello')]],
  ['null is nothing', { json: 'null' }, []],
  ['nothing is nothing', {}, []],
  ['bytes are one value', { bytes: Buffer.from('x') }, [bytes('x')]],
  ['a stream is bytes', { stream: Buffer.from('x') }, [bytes('x')]],
  ['numbers are their text', { int: -5 }, [json('-5')]],
  ['fractions are their text', { double: 0.5 }, [json('0.5')]],
  ['texts of a collection', { collectionString: { string: ['a', '[1]'] } }, [text('a'), text('[1]')]],
  ['bytes of a collection', { collectionBytes: { bytes: [Buffer.from('a')] } }, [bytes('a')]],
  ['doubles of a collection', { collectionDouble: { double: [1.5, 2] } }, [json('1.5'), json('2')]],
  ['integers of a collection', { collectionSint64: { sint64: [7] } }, [json('7')]],
]
for (const [title, data, values] of cases) {
  test(`of an output's data ${title}`, () => {
    assert.deepEqual(toOutputValues(data), values)
  })
}

test('dates and long numbers come out as they went in', () => {
  const item = '{"at":"2026-01-02T03:04:05.1234567+02:00","id":12345678901234567890,"n":-9007199254740993}'
  assert.deepEqual(toOutputValues({ json: item }), [json(item)])
  assert.deepEqual(toOutputValues({ string: `[${item}]` }), [json(item)])
})

test('a JSON array of any items gives each that is not null, in order', () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue()), (items) => {
      const values = toOutputValues({ json: JSON.stringify(items) })
      const expected = items.flatMap((item) => {
        if (item === null) return []
        return [typeof item === 'string' ? text(item) : json(JSON.stringify(item))]
      })
      assert.deepEqual(values, expected)
    }),
  )
})

const outputs = [{ name: 'out' }, { name: 'Other' }]

function match(
  names: readonly { readonly name: string }[],
  data: Record<string, TypedData>,
  returnValue?: TypedData,
) {
  const outputData = Object.entries(data).map(([name, value]) => ({ name, data: value }))
  return matchOutputs(names, { outputData, returnValue }).map(({ output, data: value }) => [
    output.name,
    value,
  ])
}

test('data goes to the outputs of its names, ignoring case; what no output has is dropped', () => {
  const data = { OUT: { string: 'a' }, stray: { string: 'b' } }
  assert.deepEqual(match(outputs, data), [['out', { string: 'a' }]])
})

test('the return value goes to $return', () => {
  const data = { out: { string: 'a' } }
  const returned = match([{ name: '$return' }, ...outputs], data, { json: '{"other":1}' })
  assert.deepEqual(returned, [
    ['$return', { json: '{"other":1}' }],
    ['out', { string: 'a' }],
  ])
})

test('without $return the properties of a returned object go to outputs that have nothing yet', () => {
  const returned = { json: '{"out":"b","OTHER":{"id":12345678901234567890},"more":1}' }
  assert.deepEqual(match(outputs, { out: { string: 'a' } }, returned), [
    ['out', { string: 'a' }],
    ['Other', { json: '{"id":12345678901234567890}' }],
  ])
})

test('a returned value that is no object, and its null properties, give nothing', () => {
  for (const returned of [
    { json: '[1]' },
    { json: '5' },
    { string: '{"out":1}' },
    { json: '{"out":null}' },
    null,
  ]) {
    assert.deepEqual(match(outputs, {}, returned ?? undefined), [])
  }
})
