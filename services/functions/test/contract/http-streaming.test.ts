/** `enableHttpStream`: requests and answers that flow through the host. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { request } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { after, test } from 'node:test'
import { HostUnderTest } from './app-under-test.ts'
import { MemoryBindings } from './memory-bindings.ts'
import { MemoryWatch } from './memory-watch.ts'
import { send } from './raw-http.ts'

const memory = new MemoryBindings()
const host = await HostUnderTest.open({ extensions: [memory] })
after(() => host.close())
const app = await host.startApp({ fixture: 'streaming' })
const { url } = app

test('a function sees the request as the client sent it', async () => {
  const headers = { host: 'example.com', 'X-Custom': 'Value', 'content-length': '4', connection: 'close' }
  const answer = await send(`${url}/api/echo/7?dupe=1&dupe=2&x=a+b`, {
    method: 'POST',
    headers,
    body: 'text',
  })
  assert.deepEqual(answer.json, {
    method: 'POST',
    url: 'http://example.com/api/echo/7?dupe=1&dupe=2&x=a+b',
    query: [
      ['dupe', '1'],
      ['dupe', '2'],
      ['x', 'a b'],
    ],
    headers: { host: 'example.com', 'x-custom': 'Value', 'content-length': '4', connection: 'close' },
    params: { id: '7', dupe: '1,2', x: 'a b' },
    body: 'text',
  })
  assert.equal(answer.headers['content-type'], 'application/json')
  assert.equal(answer.headers['x-ms-invocation-id'], undefined)
})

test('values of the query are parameters, too, as on Azure, but for the key; those of the route win', async () => {
  const answer = await send(`${url}/api/echo/7?code=secret&ID=8&name=Ada`)
  assert.deepEqual((answer.json as { params: unknown }).params, { id: '7', name: 'Ada' })
})

test('the first piece of an answer arrives before the last is made', async () => {
  const response = await fetch(`${url}/api/pieces?gate=answer`)
  assert.deepEqual([response.status, response.headers.get('x-early')], [200, 'yes'])
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
  assert.equal((await reader.read()).value, 'first')
  await fetch(`${url}/api/open/answer`)
  assert.equal((await reader.read()).value, 'last')
  assert.equal((await reader.read()).done, true)
})

test('the function gets the first piece of a request before the last is sent', async () => {
  const outgoing = request(`${url}/api/collect`, { method: 'POST' })
  outgoing.write('first')
  assert.deepEqual(await app.json('collected'), ['first'])
  outgoing.end('last')
  const [response] = await once(outgoing, 'response')
  assert.deepEqual(JSON.parse(Buffer.concat(await response.toArray()).toString()), ['first', 'last'])
})

test('a function may answer with the body of its request', async () => {
  const body = Buffer.alloc(3_000_000, 'mirror')
  const answer = await send(`${url}/api/mirror`, { method: 'POST', body })
  assert.ok(answer.body.equals(body))
})

test('server-sent events arrive one by one', async () => {
  const response = await fetch(`${url}/api/events`)
  assert.equal(response.headers.get('content-type'), 'text/event-stream')
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
  for (const id of [1, 2, 3]) {
    assert.equal((await reader.read()).value, `id: ${id}\ndata: {"n":${id}}\n\n`)
    await fetch(`${url}/api/open/event ${id}`)
  }
  assert.equal((await reader.read()).done, true)
})

const large = 200_000_000
/** What this process, host and client, may hold at any time of what passes through. */
const allowance = 25_000_000

test('200 MB go to a function without staying in the host', async () => {
  const megabyte = Buffer.alloc(1_000_000, 'u')
  const count = large / megabyte.length
  const expected = createHash('sha1')
  for (let n = 0; n < count; n++) expected.update(megabyte)
  const outgoing = request(`${url}/api/digest`, { method: 'POST' })
  const answered = once(outgoing, 'response')
  const memory = new MemoryWatch()
  const source = function* () {
    for (let n = 0; n < count; n++) yield memory.passing(megabyte)
  }
  await pipeline(Readable.from(source()), outgoing)
  const [response] = await answered
  const answer = JSON.parse(Buffer.concat(await response.toArray()).toString())
  assert.deepEqual(answer, { bytes: large, sha1: expected.digest('hex') })
  assert.ok(memory.mostHeld < allowance, `${memory.mostHeld} bytes held`)
})

test('200 MB come from a function without staying in the host', async () => {
  const response = await fetch(`${url}/api/megabytes?count=${large / 1_000_000}`)
  const memory = new MemoryWatch()
  let bytes = 0
  for await (const chunk of response.body!) bytes += memory.passing(chunk).length
  assert.equal(bytes, large)
  assert.ok(memory.mostHeld < allowance, `${memory.mostHeld} bytes held`)
})

test('nothing is 204, and a response without a body has its status', async () => {
  assert.equal((await app.fetch('nothing')).status, 204)
  assert.equal((await app.fetch('noContent')).status, 204)
  const empty = await app.fetch('empty')
  assert.deepEqual([empty.status, await empty.text()], [202, ''])
})

test('cookies are written by the library, without a path of their own', async () => {
  assert.deepEqual((await send(`${url}/api/cookies`)).headers['set-cookie'], [
    'one=1; Max-Age=60; HttpOnly; SameSite=Strict',
    'two=2; Path=/',
  ])
})

test('an error before the answer is 500', async () => {
  const response = await app.fetch('fails')
  assert.deepEqual([response.status, await response.text()], [500, ''])
  const { error } = await app.log.find(/Executed 'Functions.fails' \(Failed/)
  assert.equal(error?.message, 'failed before its answer')
})

test('an error in the middle of the answer cuts the connection, so that nobody takes the piece for the whole', async () => {
  const response = await app.fetch('failsMidway')
  await assert.rejects(response.text(), /terminated/)
  await app.log.find(/Executed 'Functions.failsMidway' \(Failed/)
})

test('a worker that dies before the answer is 500, in the middle of it a cut connection, and is replaced', async () => {
  const body = Buffer.alloc(1_000_000)
  assert.equal((await send(`${url}/api/dies?when=before`, { method: 'POST', body })).status, 500)
  // The connection breaks before the process has ended: until then the host still knows that worker alone.
  while ((await app.fetch('empty')).status !== 202);
  const response = await app.fetch('dies')
  // Answered or not: the worker that opens the gate is the one that dies of it.
  await app.fetch('open/die').catch(() => {})
  await assert.rejects(response.text(), /terminated/)
  while ((await app.fetch('empty')).status !== 202);
})

test('a function may answer without reading the request', async () => {
  const answer = await send(`${url}/api/unread`, { method: 'POST', body: Buffer.alloc(5_000_000) })
  assert.deepEqual([answer.status, answer.text], [413, 'too much for me'])
})

test('a client that leaves in the middle of its request ends the request for the function as well', async () => {
  const outgoing = request(`${url}/api/upload`, { method: 'POST' })
  outgoing.on('error', () => {})
  outgoing.write('begun')
  await app.fetch('uploadBegan')
  outgoing.destroy()
  assert.notDeepEqual(await app.json('uploadOver'), ['ended'])
  await app.log.find(/Executed 'Functions.upload' \(Failed/)
})

test('a client that leaves in the middle of the answer leaves the host and the function as they were', async () => {
  const gone = new AbortController()
  const response = await fetch(`${url}/api/pieces?gate=abandoned`, { signal: gone.signal })
  const reader = response.body!.getReader()
  await reader.read()
  gone.abort()
  await assert.rejects(reader.read())
  await app.fetch('open/abandoned')
  await app.log.find(/Executed 'Functions.pieces'/)
  assert.equal((await app.fetch('empty')).status, 202)
})

test('a client that leaves an endless answer ends it for the function too, and its invocation is over', async () => {
  const gone = new AbortController()
  const response = await fetch(`${url}/api/endless`, { signal: gone.signal })
  const reader = response.body!.getReader()
  await reader.read()
  gone.abort()
  await assert.rejects(reader.read())
  await app.log.find('cancelled: The client has left.')
  await app.log.find(/^Executed 'Functions.endless' \(Succeeded/)
})

test('a function makes its answer no faster than the client takes it', async () => {
  const response = await fetch(`${url}/api/megabytes?count=200`)
  const reader = response.body!.getReader()
  await reader.read()
  let before = -1
  // Until no more is made: all buffers on the way are full then.
  for (let made = 0; made > before; ) {
    before = made
    for (let turn = 0; turn < 20; turn++) made = Number(await app.json('made'))
  }
  assert.ok(before < 100, `${before} MB made`)
  await reader.cancel()
})

test('inputs are found by the route, query and headers of a streamed request', async () => {
  memory.values.set('7-a-b', { json: '{"found":true}' })
  assert.deepEqual(await app.json('items/7?part=a', { headers: { 'x-part': 'b' } }), { found: true })
})

test('many streams at once do not mix', async () => {
  const bodies = Array.from({ length: 50 }, (_, index) => `stream ${index} `.repeat(5000))
  const answers = await Promise.all(bodies.map((body) => send(`${url}/api/mirror`, { method: 'POST', body })))
  assert.deepEqual(
    answers.map(({ text }) => text),
    bodies,
  )
})
