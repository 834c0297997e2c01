import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TypedData } from '@aloft/wire'
import fc from 'fast-check'
import { bindingDataOf, httpBindingData } from '../../src/app/index.ts'

const dataOf = (data: TypedData, own?: Record<string, unknown>) =>
  bindingDataOf({ data, reason: 'test', ...(own && { bindingData: () => own }) })

test('the properties of a JSON payload can be named: text, numbers, booleans and objects', () => {
  const payload = { id: 'x', count: 5, ok: true, customer: { name: 'n' }, list: [1], nothing: null }
  const expected = { id: 'x', count: 5, ok: true, customer: { name: 'n' } }
  assert.deepEqual(dataOf({ json: JSON.stringify(payload) }), expected)
  assert.deepEqual(dataOf({ string: ` ${JSON.stringify(payload)}` }), expected)
})

test('the payload wins over the trigger’s own data, ignoring case', () => {
  const own = { Id: 'trigger', queueTrigger: 'text' }
  assert.deepEqual(dataOf({ string: '{"id":"payload","x":1,"QueueTrigger":null}' }, own), {
    id: 'payload',
    queueTrigger: 'text',
    x: 1,
  })
})

test('payloads that are no JSON objects add nothing', () => {
  for (const data of [
    { string: '{broken' },
    { string: '[1]' },
    { json: '5' },
    { string: '' },
    { bytes: Buffer.from('{"a":1}') },
  ]) {
    assert.deepEqual(dataOf(data, { own: 1 }), { own: 1 })
  }
})

test('long numbers keep their digits', () => {
  assert.deepEqual(dataOf({ json: '{"id":12345678901234567890}' }), { id: 12345678901234567890n })
})

test('of an HTTP request route beats query beats body, and the key is left out', () => {
  const data = httpBindingData({
    body: '{"id":"body","a":"body","b":"body","list":[]}',
    query: { A: 'query', id: 'query', code: 'secret' },
    headers: { 'x-kind': 'k' },
    params: { ID: 'route' },
  })
  assert.deepEqual(data, {
    ID: 'route',
    A: 'query',
    b: 'body',
    Query: { A: 'query', id: 'query', code: 'secret' },
    Headers: { 'x-kind': 'k' },
  })
})

test('a request without a body has its query, headers and route', () => {
  const data = httpBindingData({ body: undefined, query: {}, headers: {}, params: { id: '1' } })
  assert.deepEqual(data, { Query: {}, Headers: {}, id: '1' })
})

test('any payload is taken without an error, and takes no name of the trigger’s data away', () => {
  fc.assert(
    fc.property(fc.oneof(fc.json(), fc.string()), fc.dictionary(fc.string(), fc.integer()), (string, own) => {
      const names = new Set(Object.keys(dataOf({ string }, own)).map((name) => name.toLowerCase()))
      for (const name of Object.keys(own)) assert.ok(names.has(name.toLowerCase()))
    }),
  )
})
