/** HTTP functions of function.json folders: the v3 model, which the worker itself brings along. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { HostUnderTest } from './app-under-test.ts'
import { send } from './raw-http.ts'

const host = await HostUnderTest.open()
after(() => host.close())
const app = await host.startApp({ fixture: 'function-json' })

/** What the fixture `Context` tells of its context. */
interface SeenContext {
  readonly invocationId: string
  readonly executionContext: object
  readonly bindingNames: string[]
  readonly bindingData: Record<string, unknown>
  readonly definitions: object[]
  readonly traceContext: Record<string, string>
  readonly isReq: boolean
}

const call = (route: string, request?: Parameters<typeof send>[1]) => send(`${app.url}/api/${route}`, request)

test('a function of a folder answers at its name or its route', async () => {
  const { body: _, ...answer } = (await call('echo/7?q=1&q=2', { headers: { 'X-Custom': 'Value' } }))
    .json as Record<string, unknown>
  assert.deepEqual(answer, {
    method: 'GET',
    url: `${app.url}/api/echo/7?q=1&q=2`,
    originalUrl: `${app.url}/api/echo/7?q=1&q=2`,
    custom: 'Value',
    query: { q: '1,2' },
    params: { id: '7' },
    isBuffer: false,
  })
})

test('JSON is parsed by its content type, and the raw body is there as well', async () => {
  const body = '{ "a": 1 }'
  const headers = { 'content-type': 'application/json' }
  const answer = (await call('echo', { method: 'POST', headers, body })).json as Record<string, unknown>
  assert.deepEqual(answer.body, { a: 1 })
  assert.equal(answer.rawBody, body)
  assert.equal(answer.bufferBody, Buffer.from(body).toString('base64'))
})

test('JSON that is none stays text', async () => {
  const headers = { 'content-type': 'application/json' }
  const answer = (await call('echo', { method: 'POST', headers, body: '{ "a": ' })).json
  assert.equal((answer as Record<string, unknown>).body, '{ "a": ')
})

test('octet streams and multipart bodies are buffers', async () => {
  for (const type of ['application/octet-stream', 'multipart/form-data; boundary=x']) {
    const headers = { 'content-type': type }
    const answer = (await call('echo', { method: 'PUT', headers, body: 'abc' })).json as Record<
      string,
      unknown
    >
    assert.deepEqual([answer.isBuffer, answer.body], [true, Buffer.from('abc').toString('base64')])
  }
})

test('a request without a body has none', async () => {
  const answer = (await call('echo')).json as Record<string, unknown>
  assert.deepEqual([answer.body, answer.rawBody], [undefined, undefined])
})

const answers: readonly (readonly [kind: string, status: number, type: string | undefined, text: string])[] =
  [
    ['text', 200, 'text/plain; charset=utf-8', 'Hello, world!'],
    ['json', 200, 'text/plain; charset=utf-8', '{\n  "a": 1,\n  "list": [\n    1\n  ]\n}'],
    ['typedJson', 200, 'application/json; charset=utf-8', '{\n  "a": 1\n}'],
    ['status', 418, 'text/plain; charset=utf-8', ''],
    ['untouched', 200, 'text/plain; charset=utf-8', ''],
    ['returned', 201, 'text/plain; charset=utf-8', 'returned'],
    ['bindings', 202, 'text/plain; charset=utf-8', 'bound'],
    ['methods', 203, 'text/x-own; charset=utf-8', 'sent'],
    ['send', 200, 'text/plain; charset=utf-8', '{\n  "a": 1\n}'],
    ['jsonMethod', 200, 'application/json; charset=utf-8', '{\n  "a": 1\n}'],
    ['text42', 200, 'text/plain; charset=utf-8', '42'],
  ]
for (const [kind, status, type, text] of answers) {
  test(`context.res: ${kind}`, async () => {
    const answer = await call(`respond/${kind}`)
    assert.deepEqual([answer.status, answer.headers['content-type'], answer.text], [status, type, text])
  })
}

test('a buffer is sent as it is', async () => {
  const assigned = await call('respond/buffer')
  assert.deepEqual([[...assigned.body], assigned.headers['content-type']], [[0, 255], undefined])
  const sent = await call('respond/sendBuffer')
  assert.deepEqual([[...sent.body], sent.headers['content-type']], [[0, 255], 'application/octet-stream'])
})

test('res.sendStatus ends with a status', async () => {
  assert.equal((await call('respond/sendStatus')).status, 404)
})

test('cookies are written as ASP.NET Core writes them', async () => {
  assert.deepEqual((await call('respond/cookies')).headers['set-cookie'], [
    'one=1; max-age=200000; path=/',
    'two=2; max-age=0; path=/x',
    'three=3; path=/; secure; samesite=lax; httponly',
  ])
})

test('content negotiation is left to the request', async () => {
  const answer = await call('respond/negotiated', { headers: { accept: 'application/json' } })
  assert.deepEqual(
    [answer.headers['content-type'], answer.json],
    ['application/json; charset=utf-8', { a: 1 }],
  )
})

test('an answer that is no object is 500', async () => {
  assert.equal((await call('respond/string')).status, 500)
})

test('$return answers with what the function returns, and 204 when that is nothing', async () => {
  const { status, headers, text } = await call('returned/object')
  assert.deepEqual([status, headers['x-a'], text], [201, '1', 'returned'])
  assert.equal((await call('returned/nothing')).status, 204)
})

test('context.done ends a function without a promise, well or with an error', async () => {
  assert.equal((await call('callback')).text, 'by done')
  assert.equal((await call('callback?error=wrong')).status, 500)
})

test('entryPoint names the export, and `this` is the module', async () => {
  assert.equal((await call('named')).text, 'named Named')
})

test('the default export of an ES module is the function', async () => {
  assert.equal((await call('esmodule')).text, 'from an ES module')
})

test('the context tells the function where and why it runs', async () => {
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
  const answer = (await call('context/9?q=1', { headers: { traceparent } })).json as SeenContext
  const { invocationId, executionContext, bindingNames, bindingData, definitions, traceContext, isReq } =
    answer
  assert.match(invocationId, /^[0-9a-f]{8}-/)
  assert.deepEqual(executionContext, {
    invocationId,
    functionName: 'Context',
    functionDirectory: `${app.rootDirectory}/Context`,
  })
  assert.deepEqual(bindingNames, ['req'])
  const { sys, ...data } = bindingData
  assert.equal((sys as Record<string, string>).methodName, 'Context')
  assert.equal(data.invocationId, invocationId)
  assert.deepEqual(data.query, { q: '1' })
  assert.equal((data.headers as Record<string, string>).traceparent, traceparent)
  // The library makes a number of text that is one.
  assert.deepEqual([data.id, data.q], [9, 1])
  assert.deepEqual(definitions, [
    { direction: 'in', name: 'req', type: 'httpTrigger' },
    { direction: 'out', name: 'res', type: 'http' },
  ])
  assert.match(traceContext.traceparent!, /^00-0af7651916cd43dd8448eb211c80319c-/)
  assert.equal(isReq, true)
})

test('context.log has the levels of the v3 model', async () => {
  await call('context/1')
  const found = app.log
    .all(({ category }) => category === 'Function.Context.User')
    .map(({ level, message }) => [level, message])
  assert.deepEqual(found.slice(-4), [
    ['information', 'plain { a: 1 }'],
    ['warning', 'warned'],
    ['error', 'failed'],
    ['trace', 'detail'],
  ])
})

test('an error is 500, and the log has it', async () => {
  assert.equal((await call('throws')).status, 500)
  const { error } = await app.log.find(/Executed 'Functions.Throws' \(Failed/)
  assert.equal(error?.message, 'thrown by a function.json function')
})

test('functions of one worker share the modules that they load', async () => {
  const first = Number((await call('shared')).text)
  assert.equal(Number((await call('alsoshared')).text), first + 1)
})

test('TypeScript functions run without a build, and types are all that they need of the library', async () => {
  const bindings = [
    { type: 'httpTrigger', direction: 'in', name: 'req', authLevel: 'anonymous' },
    { type: 'http', direction: 'out', name: 'res' },
  ]
  const unbuilt = await host.startApp({
    library: '3.5',
    files: {
      'package.json': {},
      'tsconfig.json': { compilerOptions: { module: 'commonjs', outDir: 'dist', rootDir: '.' } },
      'hello/function.json': { bindings, scriptFile: '../dist/hello/index.js' },
      'hello/index.ts': `
        import { AzureFunction, Context, HttpRequest } from '@azure/functions'
        import { Answer, answerTo } from '../Shared/answer'
        const hello: AzureFunction = async (context: Context, req: HttpRequest): Promise<void> => {
          const answer: Answer = answerTo(req.query.name)
          context.res = { body: answer.text }
        }
        export default hello`,
      'Shared/answer.ts': `
        export interface Answer { text: string }
        enum Word { Hello = 'Hello' }
        export function answerTo(name: string): Answer { return { text: Word.Hello + ', ' + name } }`,
    },
  })
  assert.deepEqual(unbuilt.running.problems, [])
  assert.equal(await (await unbuilt.fetch('hello?name=Ann')).text(), 'Hello, Ann')
})

test('an app may bring the library of the v3 model, and hook into invocations through the core module', async () => {
  const own = await host.startApp({
    library: '3.5',
    files: {
      'package.json': { main: 'index.js' },
      'index.js': `
        require('@azure/functions').setup()
        require('@azure/functions-core').registerHook('preInvocation', ({ inputs }) => void inputs.push('hooked'))`,
      'hello/function.json': {
        bindings: [
          { type: 'httpTrigger', direction: 'in', name: 'req', authLevel: 'anonymous' },
          { type: 'http', direction: 'out', name: 'res' },
        ],
      },
      'hello/index.js': `
        module.exports = async (context, req, more) => {
          context.res = { body: more }
        }`,
    },
  })
  assert.deepEqual(own.running.problems, [])
  assert.equal(await (await own.fetch('hello')).text(), 'hooked')
  await own.log.find('Setting Node.js programming model to "@azure/functions" version "3.5')
})
