/** What a custom handler's answers become: outputs, responses, logs, failures. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { HostUnderTest } from '../contract/app-under-test.ts'
import { MemoryBindings } from '../contract/memory-bindings.ts'
import { http, startHandlerApp } from './handler-app.ts'

const memory = new MemoryBindings()
const host = await HostUnderTest.open({ extensions: [memory] })
after(() => host.close())

const [trigger = {}, response = {}] = http({ route: 'say' })
const [returning = {}] = http({ route: 'say-back' })
const output = (name: string, more: object = {}) => ({
  type: 'memory',
  direction: 'out',
  name,
  key: name,
  ...more,
})
const retry = { strategy: 'fixedDelay', maxRetryCount: 2, delayInterval: '00:00:00.001' }
const app = await startHandlerApp(host, {
  functions: {
    say: [trigger, response, output('text'), output('binary', { dataType: 'binary' })],
    unsteady: http(),
    echo: http(),
  },
  files: {
    // The handler knows one name for both.
    'Say-Back/function.json': { bindings: [returning, { ...response, name: '$return' }, output('side')] },
    'unsteady/function.json': { bindings: http(), retry },
    'echo/function.json': { bindings: http(), retry },
  },
})

const say = (answer: unknown, query = '', route = 'say') =>
  app.fetch(`${route}?${query}`, {
    method: 'POST',
    body: typeof answer === 'string' ? answer : JSON.stringify(answer),
  })
const respond = (res: unknown) => say({ Outputs: { res } })

async function failure(name: string, answer: unknown, query?: string): Promise<string> {
  const seen = app.log.records.length
  assert.equal((await say(answer, query)).status, 500)
  const isNew = app.log.records
    .slice(seen)
    .find(({ message }) => message.includes(`'Functions.${name}' (Failed`))
  return isNew?.error?.message ?? 'no failure was logged'
}

test('a response has the status, headers and body that the output says', async () => {
  const answer = await respond({ statusCode: '201', headers: { 'X-Mine': 5, Location: '/x' }, body: 'made' })
  assert.equal(answer.status, 201)
  assert.deepEqual([answer.headers.get('x-mine'), answer.headers.get('location')], ['5', '/x'])
  assert.equal(answer.headers.get('content-type'), 'text/plain; charset=utf-8')
  assert.equal(await answer.text(), 'made')
})

test('names ignore case, and the status may be a number', async () => {
  const answer = await say({ outputs: { RES: { STATUSCODE: 202, BODY: 'b' } }, LOGS: ['in capitals'] })
  assert.deepEqual([answer.status, await answer.text()], [202, 'b'])
  assert.ok(app.log.userMessages('say').includes('in capitals'))
})

for (const [what, res, status, text] of [
  ['an object as body is indented JSON', { body: { a: [1] } }, 200, '{\n  "a": [\n    1\n  ]\n}'],
  ['a number as body is its text', { body: 5 }, 200, '5'],
  ['a status alone has no body', { statusCode: 204 }, 204, ''],
  ['`status` does, too', { status: 418, body: 't' }, 418, 't'],
  ['text that is a response object counts as one', '{"statusCode":"203","body":"x"}', 203, 'x'],
  ['what is left out of the outputs is an empty object', undefined, 200, '{}'],
] as const) {
  test(`of a response: ${what}`, async () => {
    const answer = await respond(res)
    assert.deepEqual([answer.status, await answer.text()], [status, text])
  })
}

test('an answer without outputs is 204', async () => {
  assert.equal((await say({})).status, 204)
  assert.equal((await say({ Outputs: null, Logs: null, ReturnValue: null })).status, 204)
})

test('a function that is run by hand gets a request, too', async () => {
  await app.running.run('say', '{"Logs":["by hand"]}')
  assert.ok(app.log.userMessages('say').includes('by hand'))
})

test('log lines are those of the function, at the level Information', async () => {
  await say({ Logs: ['first', { odd: 1 }] })
  const { level, category } = await app.log.find('first')
  assert.deepEqual([level, category], ['information', 'Function.say.User'])
  assert.ok(app.log.userMessages('say').includes('{"odd":1}'))
})

async function written(name: string, value: unknown) {
  memory.written.clear()
  assert.equal((await say({ Outputs: { [name]: value, res: {} } })).status, 200)
  return memory.written
    .get(name)
    ?.map((item) =>
      item.kind === 'bytes' ? `bytes ${Buffer.from(item.bytes).toString()}` : `${item.kind} ${item.text}`,
    )
}

for (const [what, name, value, expected] of [
  ['text is text', 'text', 'some words', ['text some words']],
  ['an array is one value each', 'text', ['a!', { b: 1 }, 2], ['text a!', 'json {"b":1}', 'json 2']],
  ['text that is a JSON array is, too', 'text', '["x","y"]', ['text x', 'text y']],
  ['an object is its JSON, long numbers kept', 'text', { n: 1 }, ['json {"n":1}']],
  ['text that is valid base64 is the bytes', 'text', 'aGVsbG8=', ['bytes hello']],
  ['so is a word that happens to be', 'text', 'test', [`bytes ${Buffer.from('test', 'base64').toString()}`]],
  ['base64 may have line breaks', 'text', 'aGVs\r\nbG8=', ['bytes hello']],
  ['what is not quite base64 is text', 'text', 'aGVsbG8', ['text aGVsbG8']],
  ['for a binary output base64 stays text', 'binary', 'aGVsbG8=', ['text aGVsbG8=']],
  ['null writes nothing', 'text', null, undefined],
  ['an output that is not declared is dropped', 'other', 'x y', undefined],
] as const) {
  test(`of an output: ${what}`, async () => {
    assert.deepEqual(await written(name, value), expected)
  })
}

test('long numbers reach an output with all their digits', async () => {
  memory.written.clear()
  await say('{"Outputs":{"text":{"n":12345678901234567890},"res":{}}}')
  assert.deepEqual(memory.textsOf('text'), ['{"n":12345678901234567890}'])
})

for (const [what, answer, query, expected] of [
  [
    'an error status',
    'it broke',
    'status=500',
    /^The custom handler answered POST \/say with 500 Internal Server Error: it broke\.$/,
  ],
  ['a redirect', '', 'status=302', /answered POST \/say with 302 Found with an empty body\.$/],
  [
    'another content type',
    '{}',
    'type=text/plain',
    /with content of type 'text\/plain'; expected application\/json\.$/,
  ],
  ['no content type', '{}', 'type=none', /with no content type; expected application\/json\.$/],
  ['an empty answer', '', '', /with no JSON \(.*\) with an empty body\.$/],
  ['bad JSON', '{"Outputs":', '', /with no JSON \(.*\): \{"Outputs":\.$/],
  ['JSON that is no object', '[1]', '', /with \[1\]; expected a JSON object such as/],
  ['outputs that are no object', { Outputs: [] }, '', /'Outputs' that is no object; expected/],
  ['logs that are no array', { Logs: 'x' }, '', /'Logs' that is no array; expected/],
  [
    'a response that is text',
    { Outputs: { res: 'hello!' } },
    '',
    /an output 'res' that is no response; expected an object/,
  ],
  [
    'headers that are no object',
    { Outputs: { res: { headers: [] } } },
    '',
    /headers of the output 'res' that are no/,
  ],
] as const) {
  test(`a failure that says why: ${what}`, async () => {
    assert.match(await failure('say', answer, query), expected)
  })
}

test('a long answer is not repeated whole', async () => {
  const message = await failure('say', 'x'.repeat(5000), 'status=500')
  assert.ok(message.length < 500, message)
  assert.match(message, /x…\.$/)
})

test('a failed attempt is repeated, and knows of the ones before it', async () => {
  const answer = await app.fetch('unsteady')
  assert.equal(answer.status, 200)
  const context = (await answer.json()) as Record<string, unknown>
  assert.deepEqual([context.RetryCount, context.MaxRetryCount], [2, 2])
  assert.match((context.Exception as { Message: string }).Message, /answered POST \/unsteady with 500/)
})

test('the first attempt of a policy knows that it is the first', async () => {
  const { payload } = (await app.json('echo')) as { payload: { Metadata: Record<string, unknown> } }
  assert.deepEqual(payload.Metadata.RetryContext, { RetryCount: 0, MaxRetryCount: 2, Exception: null })
})

const sayBack = (ReturnValue: unknown, Outputs?: object) => say({ ReturnValue, Outputs }, '', 'say-back')

for (const [what, value, status, text] of [
  ['text is the body', 'hello there', 200, 'hello there'],
  ['text that is a response object counts as one', '{"body":"b","status":201}', 201, 'b'],
  ['so does the object itself', { body: 'b', statusCode: 202 }, 202, 'b'],
  ['another object is the body', { a: 1 }, 200, '{\n  "a": 1\n}'],
  ['valid base64 is bytes', 'aGVsbG8=', 200, 'hello'],
  ['nothing is 204', null, 204, ''],
] as const) {
  test(`of a value for $return: ${what}`, async () => {
    const answer = await sayBack(value)
    assert.deepEqual([answer.status, await answer.text()], [status, text])
  })
}

test('outputs beside $return are written, too', async () => {
  memory.written.clear()
  assert.equal((await sayBack('done now', { side: 'x y' })).status, 200)
  assert.deepEqual(memory.textsOf('side'), ['x y'])
})

test('without $return the members of a returned object go to the outputs of their names', async () => {
  memory.written.clear()
  await say({ ReturnValue: { text: 'from the value' }, Outputs: { res: {} } })
  assert.deepEqual(memory.textsOf('text'), ['from the value'])
})
