/** What a custom handler gets: the JSON form of invocations. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { hostVersion } from '../../src/index.ts'
import { HostUnderTest } from '../contract/app-under-test.ts'
import { MemoryBindings } from '../contract/memory-bindings.ts'
import { send } from '../contract/raw-http.ts'
import { http, startHandlerApp } from './handler-app.ts'

const memory = new MemoryBindings()
const host = await HostUnderTest.open({ extensions: [memory] })
after(() => host.close())

const seen = { type: 'memory', direction: 'out', name: 'seen', key: '{sys.methodname}' }
const app = await startHandlerApp(host, {
  functions: {
    echo: http({ route: 'things/{id:int}/{rest?}' }),
    watch: [
      { type: 'memoryTrigger', direction: 'in', name: 'item', topic: 'items' },
      { type: 'memory', direction: 'in', name: 'lookup', key: 'lookup' },
      seen,
    ],
  },
})

interface Echo {
  readonly method: string
  readonly url: string
  readonly headers: Record<string, string>
  readonly payload: { readonly Data: Record<string, unknown>; readonly Metadata: Record<string, unknown> }
}

async function echo(...[path, request]: Parameters<typeof send>): Promise<Echo> {
  const { status, json, text } = await send(`${app.url}/api/${path}`, request)
  assert.equal(status, 200, text)
  return json as Echo
}

test('an invocation is a POST of JSON to the function by its name', async () => {
  const { method, url, headers } = await echo('things/7')
  assert.deepEqual([method, url], ['POST', '/echo'])
  assert.equal(headers['content-type'], 'application/json; charset=utf-8')
  assert.equal(headers['user-agent'], `Azure-Functions-Host/${hostVersion}`)
  assert.equal(headers['x-azure-functions-hostversion'], hostVersion)
  const executing = app.log.all(/^Executing 'Functions.echo'/).at(-1)
  assert.equal(executing?.message.includes(headers['x-azure-functions-invocationid'] ?? '?'), true)
  assert.match(headers.traceparent ?? '', /^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/)
})

test('an HTTP request comes whole, with the names that Azure gives to its parts', async () => {
  const { payload } = await echo('things/7?a=1&b=2&a=3', {
    method: 'PUT',
    headers: [
      'content-type',
      'application/json',
      'Content-Length',
      '40',
      'X-Mine',
      'one',
      'x-mine',
      'two',
      'x-low',
      'z',
      'Host',
      'h:1',
    ],
    body: '{"kind":"text","n":12345678901234567890}',
  })
  assert.deepEqual(payload.Data, {
    req: {
      Url: 'http://h:1/api/things/7?a=1&b=2&a=3',
      Method: 'PUT',
      Query: { a: '1,3', b: '2' },
      Headers: {
        'Content-Type': ['application/json'],
        'X-Mine': ['one', 'two'],
        'x-low': ['z'],
        Host: ['h:1'],
        Connection: ['close'],
        'Content-Length': ['40'],
      },
      Params: { id: '7' },
      Identities: [],
      Body: '{"kind":"text","n":12345678901234567890}',
    },
  })
})

test('metadata holds the binding data: objects as they are, everything else as the text of its JSON', async () => {
  const { payload } = await echo('things/7/x?a=1', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"kind":"text","n":5,"yes":true,"list":[1],"deep":{"x":[2]},"none":null,"id":"8"}',
  })
  const { sys, Headers, ...rest } = payload.Metadata
  assert.deepEqual(rest, {
    Query: { a: '1' },
    a: '"1"',
    id: '"7"',
    rest: '"x"',
    kind: '"text"',
    n: '5',
    yes: 'true',
    deep: { x: [2] },
  })
  assert.equal((Headers as Record<string, string>)['Content-Type'], 'application/json')
  const { MethodName, UtcNow, RandGuid } = sys as Record<string, string>
  assert.equal(MethodName, 'echo')
  assert.equal(new Date(UtcNow ?? '').toISOString(), UtcNow)
  assert.match(RandGuid ?? '', /^[0-9a-f-]{36}$/)
})

test('bodies that are not text come in base64, and no body not at all', async () => {
  const bytes = Buffer.from([0, 255, 128])
  const bodyOf = async (type: string) => {
    const { payload } = await echo('things/1', {
      method: 'POST',
      headers: { 'content-type': type },
      body: bytes,
    })
    return (payload.Data.req as { Body: string }).Body
  }
  assert.equal(await bodyOf('application/octet-stream'), 'AP+A')
  assert.equal(await bodyOf('multipart/form-data; boundary=x'), 'AP+A')
  assert.equal(await bodyOf('text/plain'), '\u0000\ufffd\ufffd')
  const { payload } = await echo('things/1')
  assert.equal('Body' in (payload.Data.req as object), false)
})

test('a body of unknown length comes too', async () => {
  const { payload } = await echo('things/1', { method: 'POST', body: ['one ', 'two'] })
  assert.equal((payload.Data.req as { Body: string }).Body, 'one two')
})

type Fired = Parameters<MemoryBindings['fire']>[1]

async function watched(input: Fired) {
  memory.written.clear()
  const { status, error } = await memory.fire('items', input)
  assert.equal(status, 'succeeded', error?.message)
  const [text = ''] = memory.textsOf('watch')
  return JSON.parse(text) as Echo['payload']
}

for (const [what, data, expected] of [
  ['text is in quotes twice', { string: 'hello' }, '"hello"'],
  ['text that is JSON is in quotes twice, too', { string: '{"a":"b"}' }, '"{\\"a\\":\\"b\\"}"'],
  ['an object is an object', { json: '{"a":[1.0,12345678901234567890]}' }, '{"a":[1,12345678901234567890]}'],
  ['an array is its text', { json: '[{"a":1},"b"]' }, '[{"a":1},"b"]'],
  ['a number is its text', { json: '5' }, '5'],
  ['a whole number is its text', { int: 7 }, '7'],
  ['bytes are base64', { bytes: new Uint8Array([0, 255]) }, undefined],
  ['texts are the text of their array', { collectionString: { string: ['a', 'b'] } }, '["a","b"]'],
] as const) {
  test(`of a trigger's value ${what}`, async () => {
    const { Data } = await watched({ data: data as NonNullable<Fired['data']> })
    if (expected === undefined) assert.equal(Data.item, 'AP8=')
    else if (expected.startsWith('{')) assert.deepEqual(Data.item, JSON.parse(expected))
    else assert.equal(Data.item, expected)
  })
}

test('inputs stand beside the trigger; what does not exist is the text null', async () => {
  assert.deepEqual((await watched({ data: { string: 'x' } })).Data, { item: '"x"', lookup: 'null' })
  memory.values.set('lookup', { json: '{"found":true}' })
  assert.deepEqual((await watched({ data: { string: 'x' } })).Data, { item: '"x"', lookup: { found: true } })
  memory.values.delete('lookup')
})

test('metadata of a trigger: its values by kind, dates in quotes once, the trigger itself left out', async () => {
  const { Metadata } = await watched({
    data: { json: '{"fromPayload":"p"}' },
    metadata: {
      Id: { string: '99e5' },
      DequeueCount: { json: '4' },
      InsertionTime: { json: '"2024-10-09T17:58:31+00:00"' },
      Looks: { string: '2024-10-09T17:58:31Z' },
      Props: { json: '{"a":1}' },
    },
    bindingData: () => ({ memoryTrigger: 'x', when: new Date(0), Id: 'other', nothing: null }),
  })
  const { sys, ...rest } = Metadata
  assert.deepEqual(rest, {
    fromPayload: '"p"',
    Id: '"99e5"',
    DequeueCount: '4',
    InsertionTime: '2024-10-09T17:58:31+00:00',
    Looks: '"2024-10-09T17:58:31Z"',
    Props: { a: 1 },
    when: '1970-01-01T00:00:00.000Z',
  })
  assert.equal((sys as { MethodName: string }).MethodName, 'watch')
})
