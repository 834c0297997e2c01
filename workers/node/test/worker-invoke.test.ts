/** Invocations of v4 functions: what goes in, what comes out, what is logged. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { TypedData } from '@aloft/wire'
import { type StartedApp, started } from './worker-process.ts'

let app: StartedApp
before(async () => {
  app = await started('bindings')
})
after(() => app[Symbol.asyncDispose]())

const json = (data: TypedData | null | undefined): unknown => JSON.parse(data?.json ?? data?.string ?? 'null')

test('an HTTP request arrives with everything that it has, and so does the answer', async () => {
  const { response, text, error } = await app.http(
    'http',
    {
      method: 'POST',
      url: 'http://localhost:7071/api/items/7?a=1&a=2',
      headers: { 'content-type': 'application/json', 'x-one': '1' },
      query: { a: '1,2' },
      params: { id: '7' },
      body: { bytes: Buffer.from('{"name":"ä"}') },
    },
    {
      traceContext: { traceParent: '00-a-b-01', traceState: 's=1', attributes: { ProcessId: '1' } },
      retryContext: {
        retryCount: 1,
        maxRetryCount: 3,
        exception: { message: 'm', stackTrace: 's', source: 'x' },
      },
    },
  )
  assert.equal(error, undefined)
  assert.deepEqual(JSON.parse(text), {
    method: 'POST',
    url: 'http://localhost:7071/api/items/7?a=1&a=2',
    params: { id: '7' },
    body: { name: 'ä' },
    user: null,
    headers: [
      ['content-type', 'application/json'],
      ['x-one', '1'],
    ],
    query: [['a', '1,2']],
    context: [
      'http',
      'invocation-1',
      { traceParent: '00-a-b-01', traceState: 's=1', attributes: { ProcessId: '1' } },
      { retryCount: 1, maxRetryCount: 3, exception: { message: 'm', stackTrace: 's', source: 'x' } },
    ],
  })
  const { body: _body, ...head } = response
  assert.deepEqual(head, {
    statusCode: '201',
    headers: { 'content-type': 'application/json', 'x-answer': 'yes' },
    cookies: [{ name: 'c', value: '1', path: { value: '/' }, maxAge: { value: 60 }, sameSite: 'none' }],
    enableContentNegotiation: false,
  })
})

test('the user of a request comes from its principal header', async () => {
  const principal = Buffer.from(JSON.stringify({ identityProvider: 'aad', userId: 'u' })).toString('base64')
  const { text } = await app.http('http', { headers: { 'x-ms-client-principal': principal } })
  assert.equal(JSON.parse(text).user.id, 'u')
})

test('an HTTP function that returns nothing gives no value', async () => {
  assert.equal((await app.http('nothing')).returnValue, undefined)
})

test('bytes are answered as they are', async () => {
  const { response } = await app.http('bytes')
  assert.deepEqual(response.body, { bytes: Buffer.from([0, 255]) })
  assert.deepEqual(response.headers, {})
})

test('an HTTP answer of the wrong type fails with the rule', async () => {
  const { error } = await app.http('number')
  assert.match(error!.message, /^The HTTP response must be an object with optional properties/)
})

test('a queue message arrives parsed, with extra inputs, outputs and metadata', async () => {
  const { functionId, bindings } = app.initialized.functions.find(({ name }) => name === 'queue')!
  const [trigger, table] = Object.keys(bindings)
  const result = await app.worker.invoke(
    functionId,
    { [trigger!]: { string: '{"id":1}' }, [table!]: { json: '{"PartitionKey":"p"}' } },
    {
      triggerMetadata: {
        DequeueCount: { int: 1 },
        QueueTrigger: { string: 'text' },
        Nested: { json: '{"Inner":{"Deep":[{"Key":1}]}}' },
      },
    },
  )
  assert.deepEqual(json(result.returnValue), {
    message: { id: 1 },
    row: { PartitionKey: 'p' },
    triggerMetadata: { dequeueCount: 1, queueTrigger: 'text', nested: { inner: { deep: [{ key: 1 }] } } },
    trigger: 'queueTrigger',
  })
  assert.deepEqual(
    result.outputData.map(({ name, data }) => [bindings[name]!.type, data]),
    [
      ['queue', { json: '[{"id":1},"text"]' }],
      ['blob', { bytes: Buffer.from('blob') }],
    ],
  )
})

test('a binding without a value is undefined', async () => {
  const result = await app.run('queue', { string: 'x' })
  assert.equal('row' in (json(result.returnValue) as object), false)
})

test('a value for a binding that the function does not have fails', async () => {
  const { error } = await app.worker.invoke('generic', { other: { string: '' } })
  assert.equal(error!.message, 'Failed to find binding "other" in bindings "it".')
})

test('a timer gets its data in camel case and no metadata', async () => {
  const result = await app.run('timer', { json: '{"IsPastDue":false,"Schedule":{"AdjustForDST":true}}' })
  assert.deepEqual(json(result.returnValue), {
    timer: { isPastDue: false, schedule: { adjustForDST: true } },
    triggerMetadata: null,
  })
  const { retryOptions } = app.initialized.functions.find(({ name }) => name === 'timer')!
  assert.deepEqual(retryOptions, {
    maxRetryCount: 3,
    retryStrategy: 'fixedDelay',
    delayInterval: { seconds: 10 },
  })
})

test('bindings go to the host with all that the app wrote', () => {
  const { rawBindings, bindings } = app.initialized.functions.find(({ name }) => name === 'generic')!
  assert.deepEqual(JSON.parse(rawBindings[0]!).extra, { deep: [1] })
  assert.deepEqual(bindings.it, {
    type: 'somethingTrigger',
    direction: 'in',
    properties: { supportsDeferredBinding: 'false' },
  })
})

const roundTrips: readonly [TypedData, TypedData | undefined][] = [
  [{ string: 'plain' }, { string: 'plain' }],
  [{ string: '123' }, { int: 123 }],
  [{ json: '1.5' }, { double: 1.5 }],
  [{ json: '{"a":[true,null]}' }, { json: '{"a":[true,null]}' }],
  [{ json: 'null' }, undefined],
  [{ bytes: Buffer.from([1, 2]) }, { bytes: Buffer.from([1, 2]) }],
  [{ bytes: Buffer.alloc(0) }, { bytes: Buffer.alloc(0) }],
  [{ stream: Buffer.from('s') }, { bytes: Buffer.from('s') }],
  [{ bytes: Buffer.alloc(300_000, 'x') }, { bytes: Buffer.alloc(300_000, 'x') }],
  [{ int: -1 }, { int: -1 }],
  [{ double: Number.NaN }, { double: Number.NaN }],
  [{ collectionString: { string: ['a', '1'] } }, { json: '["a",1]' }],
  [{ collectionSint64: { sint64: [1, 2] } }, { json: '[1,2]' }],
  [{ collectionDouble: { double: [0.5] } }, { json: '[0.5]' }],
  [{ collectionBytes: { bytes: [Buffer.from('a')] } }, { json: '[{"type":"Buffer","data":[97]}]' }],
]
for (const [value, expected] of roundTrips) {
  test(`a ${Object.keys(value)[0]} that is returned comes back: ${JSON.stringify(value).slice(0, 60)}`, async () => {
    const { returnValue, error } = await app.run('generic', value)
    assert.deepEqual([error, returnValue], [undefined, expected])
  })
}

test('bytes arrive as a Buffer', async () => {
  const { returnValue } = await app.run('types', { bytes: Buffer.from('text') })
  assert.deepEqual(json(returnValue), ['Buffer', true, 'text'])
})

test('a model reaches the factory that the app registered for its source', async () => {
  const model = (content: string) => ({
    version: '1.0',
    source: 'TestSource',
    contentType: 'application/json',
    content: Buffer.from(content),
  })
  const one = await app.run('model', { modelBindingData: model('{"a":1}') })
  assert.deepEqual(json(one.returnValue), [['TestSource', 'application/json', '{"a":1}']])
  const many = await app.run('model', {
    collectionModelBindingData: { modelBindingData: [model('x'), model('y')] },
  })
  assert.deepEqual(
    (json(many.returnValue) as string[][]).map(([, , content]) => content),
    ['x', 'y'],
  )
  const { bindings } = app.initialized.functions.find(({ name }) => name === 'model')!
  assert.deepEqual(bindings.it?.properties, { supportsDeferredBinding: 'true' })
})

test('what a function throws reaches the host with its stack', async () => {
  const { error, outputData, returnValue } = await app.http('fails')
  assert.equal(error!.message, 'not today')
  assert.match(error!.stackTrace, /^TypeError: not today\n {4}at .*fixtures\/bindings\/functions\.js:\d+:\d+/)
  assert.deepEqual([outputData, returnValue], [[], undefined])
})

test('whatever is thrown has a message', async () => {
  assert.equal((await app.run('throws-text', { int: 1 })).error!.message, 'only text')
  assert.equal((await app.run('throws-object', { int: 1 })).error!.message, '{"code":7}')
})

test('null that is thrown is no error, as in the official worker', async () => {
  assert.equal((await app.run('throws-null', { int: 1 })).error, undefined)
})

test('an unknown function fails and leaves a system log', async () => {
  const { error } = await app.worker.invoke('nobody', {})
  const message = "Function code for 'nobody' is not loaded and cannot be invoked."
  assert.equal(error!.message, message)
  assert.ok(
    app.worker.logs.some(
      (log) => log.level === 'error' && log.logCategory === 'system' && log.message === message,
    ),
  )
})

test('logs carry the invocation, the category and the level', async () => {
  await using hello = await started('hello')
  const { invocationId } = await hello.http('hello')
  assert.deepEqual(
    hello.worker.logs.filter(({ category }) => category !== ''),
    [
      {
        invocationId,
        category: 'hello.Invocation',
        level: 'debug',
        message: `Worker worker-1 received FunctionInvocationRequest with invocationId ${invocationId}`,
        logCategory: 'system',
      },
      {
        invocationId,
        category: 'hello.Invocation',
        level: 'information',
        message: 'url http://localhost/api/hello',
        logCategory: 'user',
      },
    ],
  )
})

test('many invocations at once all get their own answers', async () => {
  const values = Array.from({ length: 500 }, (_, index) => index)
  const results = await Promise.all(values.map((value) => app.run('generic', { int: value })))
  assert.deepEqual(
    results.map(({ returnValue }) => returnValue),
    values.map((int) => ({ int })),
  )
})

test('a status request is answered', async () => {
  const answer = app.worker.next('status')
  app.worker.writer.send('statusRequest', {})
  assert.deepEqual(await answer, {})
})
