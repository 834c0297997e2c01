/** Triggers, inputs and outputs that a service contributes, with the values that functions give and get. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { HostUnderTest } from './app-under-test.ts'
import { MemoryBindings } from './memory-bindings.ts'

const memory = new MemoryBindings()
const host = await HostUnderTest.open({ extensions: [memory] })
after(() => host.close())
const app = await host.startApp({ fixture: 'bindings', settings: { Prefix: 'items' } })
const legacy = await host.startApp({ fixture: 'bindings-v3' })

memory.values.set('items/7', { json: '{"name":"seven","rank":1}' })
memory.values.set('text', { string: 'plain' })
memory.values.set('bytes', { bytes: new Uint8Array([1, 2]) })
memory.values.set('ann', { string: '{"id":1}' })

test('inputs are found by route, query and header, and by settings', async () => {
  const headers = { 'x-key': 'bytes' }
  const [byRoute, byQuery, byHeader] = (await app.json('read/7?key=text', { headers })) as unknown[]
  assert.deepEqual(byRoute, { name: 'seven', rank: 1 })
  assert.equal(byQuery, 'plain')
  assert.deepEqual(byHeader, { bytes: [1, 2] })
  assert.equal(memory.bindings.find(({ key }) => key === 'items/7')?.option, 'for read')
})

test('what is not there is undefined', async () => {
  const values = await app.json('read/nobody?key=nothing', { headers: { 'x-key': 'nothing' } })
  assert.deepEqual(values, ['undefined', 'undefined', 'undefined'])
})

test('an input may be named by a part of the body', async () => {
  const body = JSON.stringify({ order: { customer: 'ann' } })
  const headers = { 'content-type': 'application/json' }
  const answer = await app.json('readByBody', { method: 'POST', headers, body })
  assert.deepEqual(answer, { value: { id: 1 }, order: { customer: 'ann' } })
})

test('a name that the request does not have fails the invocation and says which', async () => {
  assert.equal((await app.fetch('expectsName')).status, 500)
  const { error } = await app.log.find(/Executed 'Functions.expectsName' \(Failed/)
  assert.equal(error?.message, "No value for named parameter 'nobody'.")
})

test('an input that cannot be read fails the invocation before the function runs', async () => {
  assert.equal((await app.fetch('readsUnreadable')).status, 500)
  const { error } = await app.log.find(/Executed 'Functions.readsUnreadable' \(Failed/)
  assert.equal(error?.message, 'the value cannot be read')
})

/** What a function sets, and what is written of it. */
const outputs: readonly (readonly [kind: string, kinds: string[], texts: string[]])[] = [
  ['text', ['text'], ['plain']],
  ['arrayText', ['json', 'text', 'json'], ['1', 'two', '{"three":3}']],
  ['notQuiteArray', ['text'], ['[not json]']],
  ['array', ['text', 'json', 'json'], ['a', '{"b":1}', '2.5']],
  ['object', ['json'], ['{"date":"2026-01-02T03:04:05Z","nested":{"list":[]}}']],
  ['bytes', ['bytes'], ['bytes']],
  ['integer', ['json'], ['7']],
  ['fraction', ['json'], ['1.5']],
  ['yes', ['json'], ['true']],
  ['null', [], []],
  ['unset', [], []],
  ['emptyText', ['text'], ['']],
]
for (const [kind, kinds, texts] of outputs) {
  test(`an output that is set to ${kind} is written as ${kinds.length} value(s)`, async () => {
    assert.equal((await app.fetch(`write/${kind}`)).status, 200)
    const values = memory.written.get(`written/${kind}`) ?? []
    assert.deepEqual(
      values.map((value) => value.kind),
      kinds,
    )
    assert.deepEqual(memory.textsOf(`written/${kind}`), texts)
  })
}

test('an output that is not one of the function is dropped', async () => {
  await app.fetch('write/text')
  assert.equal(memory.written.has('other'), false)
})

test('names may be made: a new id, the time', async () => {
  await app.fetch('writeNamed')
  const binding = memory.bindings.find(({ stamp }) => stamp !== undefined)
  assert.match(String(binding?.key), /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
  assert.match(String(binding?.stamp), /^\d{4}-\d\d$/)
})

test('an output that cannot be written fails the invocation', async () => {
  const response = await app.fetch('writesUnwritable')
  assert.deepEqual([response.status, await response.text()], [500, ''])
  const { error } = await app.log.find(/Executed 'Functions.writesUnwritable' \(Failed/)
  assert.equal(error?.message, 'the value cannot be written')
})

/** What a trigger hands over, and what the function gets. */
const triggered: readonly (readonly [said: string, data: object, item: unknown, type: string])[] = [
  ['text', { string: 'plain text' }, 'plain text', 'string'],
  ['text that is JSON', { string: '{"a":1}' }, { a: 1 }, 'object'],
  ['text that is a number', { string: '123' }, 123, 'number'],
  ['JSON', { json: '[1,2]' }, [1, 2], 'array'],
  ['bytes', { bytes: new Uint8Array([1, 2]) }, { bytes: [1, 2] }, 'object'],
  ['several texts', { collectionString: { string: ['a', '{"b":1}'] } }, ['a', { b: 1 }], 'array'],
]
for (const [said, data, item, type] of triggered) {
  test(`a function gets ${said} as ${type}`, async () => {
    memory.written.delete('returned')
    const result = await memory.fire('orders', { data })
    assert.equal(result.status, 'succeeded')
    const returned = JSON.parse(memory.textsOf('returned')[0]!)
    assert.deepEqual([returned.item, returned.type], [item, type])
  })
}

test('trigger metadata is in camel case, and the reason is in the log', async () => {
  memory.written.delete('returned')
  const metadata = { DequeueCount: { string: '2' }, Properties: { json: '{"ContentType":"x"}' } }
  const details = { MessageId: '17', DequeueCount: '2' }
  const { invocationId } = await memory.fire('orders', { metadata, details, reason: 'New message' })
  assert.deepEqual(JSON.parse(memory.textsOf('returned')[0]!).metadata, {
    dequeueCount: 2,
    properties: { contentType: 'x' },
  })
  await app.log.find(`Executing 'Functions.listen' (Reason='New message', Id=${invocationId})`)
  await app.log.find('Trigger Details: MessageId: 17, DequeueCount: 2')
})

test("outputs may be named by the trigger's own data and by its payload, the payload first", async () => {
  const data = { string: '{"customer":"bob","orderTopic":"payload"}' }
  await memory.fire('copies', { data, bindingData: () => ({ OrderTopic: 'own' }) })
  assert.deepEqual(memory.textsOf('copies/bob-payload'), ['{"customer":"bob","orderTopic":"payload"}'])
})

test('a return value without an output is nobody’s', async () => {
  const { status, returnValue } = await memory.fire('ignored', {})
  assert.deepEqual([status, returnValue], ['succeeded', { string: 'a value that nobody wants' }])
})

test('the trigger learns of a failure and its reason', async () => {
  const { status, error } = await memory.fire('fails', {})
  assert.deepEqual([status, error?.message], ['failed', 'cannot work with this'])
})

test('a trigger that does not start is logged, and the others work', async () => {
  const { level, message } = await app.log.find("The listener for function 'refused' was unable to start")
  assert.equal(level, 'error')
  assert.match(message, /nobody speaks there/)
})

test('function.json functions get inputs by position and name, and give outputs by context.bindings', async () => {
  memory.values.set('9', { string: '{"a":1}' })
  const answer = await legacy.json('copy/9')
  assert.deepEqual(answer, { item: { a: 1 }, same: true, inputs: ['req', 'item', 'raw', 'copy'] })
  assert.deepEqual(memory.textsOf('copy-9'), ['{"a":1}'])
  assert.equal(memory.bindings.find(({ name }) => name === 'raw')?.dataType, 'binary')
})

test('a returned object gives the outputs of its names', async () => {
  await memory.fire('by-name', { data: { string: 'hello' } })
  assert.deepEqual([memory.textsOf('first'), memory.textsOf('second')], [['hello'], ['1', '2']])
})

test('$return of a function.json function is an output', async () => {
  await memory.fire('return', { data: { string: 'a' }, metadata: { TopicName: { string: 'return' } } })
  assert.deepEqual(memory.textsOf('returned-v3'), ['a', 'return'])
})

test('closing the app stops its triggers', async () => {
  await legacy.close()
  assert.deepEqual(memory.listenerEvents.slice(-2).sort(), ['stopped by-name', 'stopped return'])
})
