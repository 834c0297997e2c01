import assert from 'node:assert/strict'
import { once } from 'node:events'
import {
  createServer,
  get,
  type IncomingMessage,
  request as openRequest,
  type RequestListener,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import type { InvocationResult } from '@aloft/kernel'
import { VirtualClock } from '@aloft/kernel/testing'
import type { TypedData } from '@aloft/wire'
import type { HttpInvocationInput, HttpInvoker } from '../../src/contracts.ts'
import { type FrontFixture, type FrontFixtureOptions, forwardTarget, startFront } from './fixture.ts'

/** What the worker's server does with a forwarded request; the invocation ends when it resolves. */
type Handler = (request: IncomingMessage, response: ServerResponse) => unknown

/** What a handler answers with that gives the invocation a value. */
class ReturnValue {
  readonly value: TypedData

  constructor(value: TypedData) {
    this.value = value
  }
}

interface StreamFixture extends AsyncDisposable {
  readonly front: FrontFixture
  readonly inputs: HttpInvocationInput[]
}

/** Stands for the library in a worker: gets requests over HTTP, and invocations by their side. */
async function startStreaming(handler: Handler, options: FrontFixtureOptions = {}): Promise<StreamFixture> {
  const arrived = new Map<string, PromiseWithResolvers<[IncomingMessage, ServerResponse]>>()
  const arrival = (id: string) => {
    const entry = arrived.get(id) ?? Promise.withResolvers<[IncomingMessage, ServerResponse]>()
    arrived.set(id, entry)
    return entry
  }
  const worker = await listen((request, response) =>
    arrival(String(request.headers['x-ms-invocation-id'])).resolve([request, response]),
  )
  const inputs: HttpInvocationInput[] = []
  const invoker: HttpInvoker = {
    takesRequests: () => true,
    async invoke(_name, input) {
      inputs.push(input)
      const invocationId = `id-${inputs.length}`
      void input.forward?.(forwardTarget(invocationId, `http://localhost:${worker.port}/`))
      return run(invocationId, async () => handler(...(await arrival(invocationId).promise)))
    },
  }
  const front = await startFront({
    invoker,
    functions: { f: { trigger: { route: 'f/{id?}' } } },
    ...options,
  })
  return {
    front,
    inputs,
    async [Symbol.asyncDispose]() {
      await front[Symbol.asyncDispose]()
      await worker.close()
    },
  }
}

async function run(invocationId: string, work: () => Promise<unknown>): Promise<InvocationResult> {
  const result = { invocationId, durationMs: 0, returnValue: undefined }
  try {
    const answer = await work()
    const returnValue = answer instanceof ReturnValue ? answer.value : undefined
    return { ...result, status: 'succeeded', error: undefined, returnValue }
  } catch (error) {
    return { ...result, status: 'failed', error: error as Error }
  }
}

async function listen(handler: RequestListener, port = 0) {
  const server = createServer(handler)
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(resolve))
    },
  }
}

async function turnUntil(isReached: () => boolean): Promise<void> {
  while (!isReached()) await new Promise((resolve) => setImmediate(resolve))
}

test('the worker gets the original request with the id and the address that the client used', async () => {
  let seen: IncomingMessage | undefined
  await using fixture = await startStreaming((request, response) => {
    seen = request
    response.end()
  })
  const { url, port } = fixture.front
  await fetch(`${url}/api/f/7?a=1&a=2`, { headers: { 'X-Custom': 'v', 'x-ms-invocation-id': 'forged' } })
  assert.equal(seen?.method, 'GET')
  assert.equal(seen?.url, '/api/f/7?a=1&a=2')
  assert.equal(seen?.headers['x-custom'], 'v')
  assert.equal(seen?.headers['x-ms-invocation-id'], 'id-1')
  assert.equal(seen?.headers['x-forwarded-host'], `127.0.0.1:${port}`)
  assert.equal(seen?.headers['x-forwarded-proto'], 'http')
})

test('the invocation carries the headers as they came and the route values, and no body', async () => {
  await using fixture = await startStreaming((_request, response) => void response.end())
  const call = openRequest(`${fixture.front.url}/api/f/7`, {
    method: 'POST',
    headers: { Host: 'shop.example.com', 'X-A': '1', 'Content-Length': '2' },
    setDefaultHeaders: false,
  })
  call.end('hi')
  const [answer] = (await once(call, 'response')) as [IncomingMessage]
  answer.resume()
  const [input] = fixture.inputs
  assert.deepEqual(JSON.parse(input?.metadata?.Headers?.json ?? ''), {
    host: 'shop.example.com',
    'x-a': '1',
    'content-length': '2',
  })
  assert.deepEqual(input?.metadata?.id, { string: '7' })
  assert.deepEqual(input?.data.http, {
    method: 'POST',
    url: 'http://shop.example.com/api/f/7',
    params: { id: '7' },
  })
})

test('status, headers and body come back without what belongs to the inner connection', async () => {
  await using fixture = await startStreaming(
    (_request, response) => {
      response.writeHead(201, 'Made', [
        ...['Set-Cookie', 'a=1', 'Set-Cookie', 'b=2', 'X-B', 'x', 'x-ms-invocation-id', 'id-1'],
        ...['Keep-Alive', 'timeout=99'],
      ])
      response.end('body')
    },
    { http: { customHeaders: { 'X-B': 'host', 'X-C': 'host' } } },
  )
  const response = await fetch(`${fixture.front.url}/api/f`)
  assert.deepEqual([response.status, response.statusText], [201, 'Made'])
  assert.deepEqual(response.headers.getSetCookie(), ['a=1', 'b=2'])
  assert.equal(response.headers.get('x-b'), 'x')
  assert.equal(response.headers.get('x-c'), 'host')
  assert.equal(response.headers.get('x-ms-invocation-id'), null)
  assert.notEqual(response.headers.get('keep-alive'), 'timeout=99')
  assert.equal(await response.text(), 'body')
})

test('headers and chunks of the answer arrive as they are produced', async () => {
  const proceed = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  await using fixture = await startStreaming(async (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.flushHeaders()
    await proceed[0]?.promise
    response.write('one')
    await proceed[1]?.promise
    response.end('two')
  })
  const response = await fetch(`${fixture.front.url}/api/f`)
  assert.equal(response.headers.get('content-type'), 'text/event-stream')
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
  proceed[0]?.resolve()
  assert.equal((await reader.read()).value, 'one')
  proceed[1]?.resolve()
  assert.equal((await reader.read()).value, 'two')
  assert.equal((await reader.read()).done, true)
})

test('chunks of the request reach the worker while the client still sends', async () => {
  const first = Promise.withResolvers<string>()
  await using fixture = await startStreaming(async (request, response) => {
    let body = ''
    for await (const chunk of request) {
      body += chunk
      first.resolve(body)
    }
    response.end(body.toUpperCase())
  })
  const call = openRequest(`${fixture.front.url}/api/f`, { method: 'POST' })
  call.write('one ')
  assert.equal(await first.promise, 'one ')
  call.end('two')
  const [answer] = (await once(call, 'response')) as [IncomingMessage]
  assert.equal(await answer.setEncoding('utf8').reduce((text, chunk) => text + chunk, ''), 'ONE TWO')
})

test('trailers pass in both directions', async () => {
  let seen: NodeJS.Dict<string> | undefined
  await using fixture = await startStreaming(async (request, response) => {
    for await (const _chunk of request);
    seen = request.trailers
    response.write('x')
    response.addTrailers({ 'X-Sum': '9' })
    response.end()
  })
  const call = openRequest(`${fixture.front.url}/api/f`, { method: 'PUT', headers: { Trailer: 'X-In' } })
  call.write('abc')
  call.addTrailers({ 'X-In': '1' })
  call.end()
  const [answer] = (await once(call, 'response')) as [IncomingMessage]
  for await (const _chunk of answer);
  assert.deepEqual({ ...seen }, { 'x-in': '1' })
  assert.deepEqual({ ...answer.trailers }, { 'x-sum': '9' })
})

test('a failed function is 500 and its request is given up', async () => {
  let closed: Promise<unknown> | undefined
  await using fixture = await startStreaming(async (_request, response) => {
    closed = once(response, 'close')
    throw new Error('no')
  })
  const response = await fetch(`${fixture.front.url}/api/f`)
  assert.deepEqual([response.status, await response.text()], [500, ''])
  await closed
})

test('a function that fails in the middle of its answer cuts the connection', async () => {
  await using fixture = await startStreaming(async (_request, response) => {
    response.write('part')
    await begun.promise
    throw new Error('no')
  })
  const begun = Promise.withResolvers<void>()
  const response = await fetch(`${fixture.front.url}/api/f`)
  begun.resolve()
  await assert.rejects(response.text())
})

test('a function that returns nothing, as its worker says, is 204', async () => {
  let closed: Promise<unknown> | undefined
  await using fixture = await startStreaming((_request, response) => {
    closed = once(response, 'close')
    return new ReturnValue({ json: 'null' })
  })
  assert.equal((await fetch(`${fixture.front.url}/api/f`)).status, 204)
  await closed
})

test('a client that leaves closes the request to the worker and aborts the invocation', async () => {
  const closed = Promise.withResolvers<void>()
  await using fixture = await startStreaming(async (_request, response) => {
    response.once('close', () => closed.resolve())
    response.write('x')
    await closed.promise
  })
  const call = get(`${fixture.front.url}/api/f`)
  call.on('error', () => undefined)
  const [answer] = (await once(call, 'response')) as [IncomingMessage]
  answer.on('error', () => undefined)
  call.destroy()
  await closed.promise
  await turnUntil(() => fixture.inputs[0]?.signal?.aborted === true)
  assert.deepEqual(fixture.front.logged, [])
})

test('a worker that does not listen yet is tried again after 50, 100, 200 and 250 ms', async () => {
  const clock = new VirtualClock()
  const free = await listen(() => undefined)
  await free.close()
  const waits: number[] = []
  let worker: Awaited<ReturnType<typeof listen>> | undefined
  const invoker: HttpInvoker = {
    takesRequests: () => true,
    invoke: async (_name, input) => {
      void input.forward?.(forwardTarget('id', `http://127.0.0.1:${free.port}/`))
      await turnUntil(() => worker !== undefined)
      return run('id', async () => undefined)
    },
  }
  await using front = await startFront({ clock, invoker, functions: { f: {} } })
  const waiting = fetch(`${front.url}/api/f`, { method: 'POST', body: 'abc' })
  while (waits.length < 5) {
    await turnUntil(() => (clock.nextAt ?? Number.POSITIVE_INFINITY) - clock.now() <= 250)
    const delay = clock.nextAt! - clock.now()
    waits.push(delay)
    if (waits.length === 5)
      worker = await listen(async (request, response) => {
        response.end(await request.setEncoding('utf8').reduce((text, chunk) => text + chunk, ''))
      }, free.port)
    await clock.advance(delay)
  }
  assert.equal(await (await waiting).text(), 'abc')
  assert.deepEqual(waits, [50, 100, 200, 250, 250])
  await worker?.close()
})

test('a worker that cannot be reached in ten tries is 500, and the invocation is aborted', async () => {
  const clock = new VirtualClock()
  const free = await listen(() => undefined)
  await free.close()
  const aborted = Promise.withResolvers<void>()
  const invoker: HttpInvoker = {
    takesRequests: () => true,
    async invoke(_name, input) {
      input.signal?.addEventListener('abort', () => aborted.resolve())
      void input.forward?.(forwardTarget('id', `http://127.0.0.1:${free.port}/`))
      await aborted.promise
      return run('id', () => Promise.reject(new Error('cancelled')))
    },
  }
  await using front = await startFront({ clock, invoker, functions: { f: {} } })
  const start = clock.now()
  const waiting = fetch(`${front.url}/api/f`)
  let isAnswered = false
  waiting.then(() => {
    isAnswered = true
  })
  while (!isAnswered) {
    await new Promise((resolve) => setImmediate(resolve))
    const delay = (clock.nextAt ?? Number.POSITIVE_INFINITY) - clock.now()
    if (delay <= 250) await clock.advance(delay)
  }
  assert.equal((await waiting).status, 500)
  assert.equal(clock.now() - start, 50 + 100 + 200 + 6 * 250)
  assert.match(front.logged[0]?.message ?? '', /could not be forwarded to the worker: .*ECONNREFUSED/)
})

test('an exchange in which nothing moves for 240 seconds is given up', async () => {
  const clock = new VirtualClock()
  let isWaiting = false
  await using fixture = await startStreaming(
    async (_request, response) => {
      isWaiting = true
      await once(response, 'close')
      throw new Error('closed')
    },
    { clock },
  )
  const waiting = fetch(`${fixture.front.url}/api/f`)
  await turnUntil(() => isWaiting)
  await clock.advance(240_000)
  assert.equal((await waiting).status, 500)
  assert.match(fixture.front.logged[0]?.message ?? '', /Nothing was sent or received for 240 seconds/)
})

test('a slow reader holds back the worker instead of filling the host', async () => {
  const chunk = Buffer.alloc(65_536)
  const total = 1024
  let produced = 0
  await using fixture = await startStreaming(async (_request, response) => {
    for (; produced < total; produced++) {
      if (!response.write(chunk)) await once(response, 'drain')
    }
    response.end()
  })
  const call = get(`${fixture.front.url}/api/f`)
  const [answer] = (await once(call, 'response')) as [IncomingMessage]
  // Stalled: for many turns of the loop nothing more is produced.
  for (let last = -1, quiet = 0; quiet < 300; quiet = last === produced ? quiet + 1 : 0) {
    last = produced
    await new Promise((resolve) => setImmediate(resolve))
  }
  assert.ok(
    produced < total / 2,
    `${produced} of ${total} chunks were produced for a reader that reads nothing`,
  )
  let received = 0
  for await (const bytes of answer) received += (bytes as Buffer).length
  assert.equal(received, total * chunk.length)
})

test('a function may answer without reading the body, and the connection stays usable', async () => {
  await using fixture = await startStreaming((_request, response) => void response.end('early'))
  const body = Buffer.alloc(4_000_000)
  for (let round = 0; round < 2; round++) {
    const response = await fetch(`${fixture.front.url}/api/f`, { method: 'POST', body })
    assert.equal(await response.text(), 'early')
  }
})

test('a request counts until both its invocation and its answer have ended', async () => {
  const end = Promise.withResolvers<void>()
  await using fixture = await startStreaming(
    (_request, response) => {
      response.write('x')
      void end.promise.then(() => response.end())
    },
    { http: { maxOutstandingRequests: 1 } },
  )
  const first = await fetch(`${fixture.front.url}/api/f`)
  assert.equal((await fetch(`${fixture.front.url}/api/f`)).status, 429)
  end.resolve()
  await first.text()
  assert.equal((await fetch(`${fixture.front.url}/api/f`)).status, 200)
})

test('a retried invocation is forwarded again under its new id', async () => {
  const ids: string[] = []
  const worker = await listen((request, response) => {
    ids.push(String(request.headers['x-ms-invocation-id']))
    if (ids.length === 2) response.end('second')
  })
  const invoker: HttpInvoker = {
    takesRequests: () => true,
    async invoke(_name, input) {
      void input.forward?.(forwardTarget('one', `http://127.0.0.1:${worker.port}/`))
      await turnUntil(() => ids.length === 1)
      void input.forward?.(forwardTarget('two', `http://127.0.0.1:${worker.port}/`))
      await turnUntil(() => ids.length === 2)
      return run('two', async () => undefined)
    },
  }
  await using front = await startFront({ invoker, functions: { f: {} } })
  assert.equal(await (await fetch(`${front.url}/api/f`)).text(), 'second')
  assert.deepEqual(ids, ['one', 'two'])
  await worker.close()
})
