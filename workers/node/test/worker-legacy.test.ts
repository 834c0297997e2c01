/** Functions of function.json files, run by the v3 model that the worker brings along. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { RpcBindingInfo, RpcFunctionMetadata, TypedData } from '@aloft/wire'
import { fixture, WorkerProcess } from './worker-process.ts'

const any: Record<string, RpcBindingInfo> = {
  it: { type: 'somethingTrigger', direction: 'in' },
  second: { type: 'something', direction: 'in' },
  out: { type: 'queue', direction: 'out' },
}
const http: Record<string, RpcBindingInfo> = {
  req: { type: 'httpTrigger', direction: 'in' },
  res: { type: 'http', direction: 'out' },
}
const httpReturn: Record<string, RpcBindingInfo> = {
  req: { type: 'httpTrigger', direction: 'in' },
  $return: { type: 'http', direction: 'out' },
}

let worker: WorkerProcess
let problems: Map<string, string | undefined>

before(async () => {
  worker = new WorkerProcess()
  const { functions, error } = await worker.init(fixture('legacy'))
  assert.deepEqual([functions, error], [[], undefined])
  const { results } = await worker.load([
    legacy('run', 'functions.js', any),
    legacy('named', 'functions.js', any, 'other'),
    legacy('missing', 'functions.js', any, 'nothing'),
    legacy('not-a-function', 'functions.js', any, 'notAFunction'),
    legacy('single', 'single.js', any),
    legacy('plain', 'plain.js', http),
    legacy('module', 'module.mjs', httpReturn),
    legacy('typed', 'typed.ts', httpReturn),
    legacy('both', 'both.js', any),
    legacy('two', 'two.js', any),
    legacy('throws', 'throws.js', any),
    legacy('nowhere', 'nowhere.js', any),
  ])
  problems = new Map(results.map(({ functionId, error: problem }) => [functionId, problem?.message]))
})
after(() => worker[Symbol.asyncDispose]())

function legacy(
  name: string,
  scriptFile: string,
  bindings: Record<string, RpcBindingInfo>,
  entryPoint?: string,
): RpcFunctionMetadata {
  return {
    name,
    functionId: `id-${name}`,
    directory: fixture('legacy'),
    scriptFile,
    entryPoint,
    rawBindings: [],
    bindings,
  }
}

const request = (body: string, contentType: string): { req: TypedData } => ({
  req: {
    http: {
      method: 'POST',
      url: 'http://localhost/api/plain?q=1',
      headers: { 'content-type': contentType },
      query: { q: '1' },
      params: {},
      body: { bytes: Buffer.from(body) },
    },
  },
})

test('`run` is the function of several, and `this` is the module', async () => {
  const { returnValue } = await worker.invoke('id-run', { it: { int: 1 } })
  assert.deepEqual(returnValue, { string: 'function' })
})

test('an entry point by name gets the inputs in order and gives its outputs by context.bindings', async () => {
  const { outputData } = await worker.invoke('id-named', { it: { string: 'a' }, second: { json: '{"b":1}' } })
  assert.deepEqual(outputData, [{ name: 'out', data: { json: '["a",{"b":1}]' } }])
  const log = worker.logs.find(({ message }) => message === 'from named')
  assert.deepEqual([log?.level, log?.category, log?.logCategory], ['warning', 'named.Invocation', 'user'])
})

test('the only export is the function, and members of its result are the outputs of these names', async () => {
  const { outputData } = await worker.invoke('id-single', { it: { string: 'x' } })
  assert.deepEqual(outputData, [{ name: 'out', data: { string: 'x' } }])
})

test('a request body is parsed by its content type, and context.res is the answer', async () => {
  const { outputData } = await worker.invoke('id-plain', request('{"name":"Bob"}', 'application/json'))
  const { http: answer } = outputData[0]!.data
  assert.equal(outputData[0]!.name, 'res')
  assert.equal(answer!.statusCode, '202')
  assert.deepEqual(JSON.parse(answer!.body!.json!), { name: 'Bob', query: '1', raw: '{"name":"Bob"}' })
})

test('the default export of an ES module or of a TypeScript file is the function', async () => {
  for (const name of ['module', 'typed']) {
    const { returnValue, error } = await worker.invoke(`id-${name}`, request('', 'text/plain'))
    assert.equal(error, undefined)
    assert.equal(returnValue!.http!.body!.string, name === 'module' ? 'default 1' : 'typed 1')
  }
})

test('a function that returns a promise and calls done is told to choose', async () => {
  await worker.invoke('id-both', { it: { int: 1 } })
  assert.ok(
    worker.logs.some(
      ({ level, message }) =>
        level === 'error' && message.startsWith('Error: Choose either to return a promise'),
    ),
  )
})

test('a function that does not load is reported by name, and the others load', () => {
  const reasons: Record<string, RegExp> = {
    missing:
      /^Worker was unable to load function missing: 'Unable to determine function entry point: nothing\. /,
    'not-a-function': /'The resolved entry point is not a function/,
    two: /'Unable to determine function entry point\. If multiple functions/,
    throws: /^Worker was unable to load function throws: 'while loading'/,
    nowhere: /'Cannot find module .*nowhere\.js/,
  }
  for (const [name, reason] of Object.entries(reasons)) assert.match(problems.get(`id-${name}`) ?? '', reason)
  for (const name of ['run', 'named', 'single', 'plain', 'module', 'typed', 'both'])
    assert.equal(problems.get(`id-${name}`), undefined, name)
})

test('a function that did not load fails its invocations', async () => {
  const { error } = await worker.invoke('id-throws', { it: { int: 1 } })
  assert.equal(error!.message, "Function code for 'id-throws' is not loaded and cannot be invoked.")
})
