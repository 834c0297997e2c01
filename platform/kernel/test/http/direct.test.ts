import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import {
  type DirectExchange,
  type DirectHandler,
  HttpListener,
  type HttpListenerOptions,
  Logger,
  type LogRecord,
  type RequestHandler,
  readBody,
} from '@aloft/kernel'
import { VirtualClock } from '@aloft/kernel/testing'
import fc from 'fast-check'
import { connectRaw } from './raw-client.ts'

const get = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'
const last = 'GET /last HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'
const long = 10_000

test('a request is answered directly, and the connection goes on', async (t) => {
  const { listener } = await openDirect(t, (exchange) => answer(exchange, exchange.url))
  const client = await connectRaw(listener.port)
  for (const path of ['/a', '/b']) {
    client.send(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`)
    await client.until(`\r\n\r\n${path}`)
  }
  client.socket.destroy()
})

test('the first request that is not taken goes to the other handler with all that follow', async (t) => {
  const urls: string[] = []
  const { listener } = await openDirect(t, (exchange) => {
    urls.push(exchange.url)
    return exchange.url !== '/stream' && answer(exchange, 'direct')
  })
  const client = await connectRaw(listener.port)
  client.send(get)
  await client.until('direct')
  client.send(`${get.replace('/', '/stream')}${get}${last}`)
  assert.match(await client.ended(), /direct.*node \/stream .*node \/ .*node \/last /s)
  assert.deepEqual(urls, ['/', '/stream'])
})

test('a small body that comes in pieces is waited for', async (t) => {
  const clock = new VirtualClock()
  const { listener } = await openDirect(t, (exchange) => answer(exchange, `direct ${exchange.body}`), {
    clock,
  })
  const client = await connectRaw(listener.port)
  client.send(`${get}POST /up HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nabc`)
  await client.until('direct undefined')
  await clock.advance(3_600_000)
  client.send('d')
  client.send(`ef${last}`)
  assert.match(await client.ended(), /direct abcdef.*node \/last /s)
})

test('a large body goes to the other handler', async (t) => {
  const { listener } = await openDirect(t, (exchange) => answer(exchange, 'direct'))
  const client = await connectRaw(listener.port)
  client.send(`${get}POST /up HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\nabc`)
  await client.until('direct')
  client.send('x'.repeat(99_997))
  await client.until('node /up abcx')
  client.socket.destroy()
})

test('a head that comes in pieces goes to the other handler', async (t) => {
  const { listener } = await openDirect(t, (exchange) => answer(exchange, 'direct'))
  const client = await connectRaw(listener.port)
  client.send(`${get}GET /up HTTP/1.1\r\nHo`)
  await client.until('direct')
  client.send('st: x\r\n\r\n')
  await client.until('node /up')
  client.socket.destroy()
})

test('an answer may come in pieces, and the next request is answered behind it', async (t) => {
  async function* pieces() {
    yield Buffer.from('one')
    await setImmediate()
    yield Buffer.from('two')
  }
  const { listener } = await openDirect(t, (exchange) => {
    if (exchange.url !== '/pieces') return answer(exchange, 'next')
    void exchange.stream({ status: 200, headers: [], body: undefined, length: 6 }, pieces())
    return true
  })
  const client = await connectRaw(listener.port)
  client.send(`${get.replace('/', '/pieces')}${get}`)
  await client.until('next')
  assert.match(client.received, /Content-Length: 6\r\n.*\r\n\r\nonetwoHTTP\/1\.1 200 OK\r\n.*next/s)
  client.socket.destroy()
})

test('an answer in pieces waits for a slow client, and ends with one that leaves', async (t) => {
  const ended = Promise.withResolvers<number>()
  async function* endless() {
    let count = 0
    try {
      for (;;) {
        count++
        yield Buffer.alloc(65_536)
      }
    } finally {
      ended.resolve(count)
    }
  }
  const { listener } = await openDirect(t, (exchange) => {
    void exchange.stream({ status: 200, headers: [], body: undefined, length: 1e12 }, endless())
    return true
  })
  const client = await connectRaw(listener.port)
  client.socket.once('data', () => client.socket.pause())
  client.send(get)
  await client.until('200 OK')
  for (let turn = 0; turn < 50; turn++) await setImmediate()
  client.socket.destroy()
  assert.ok((await ended.promise) < 10_000)
})

test('an answer in pieces that fails is cut off', async (t) => {
  const failed = Promise.withResolvers<unknown>()
  async function* broken() {
    yield Buffer.from('one')
    throw new Error('No more')
  }
  const { listener } = await openDirect(t, (exchange) => {
    exchange.stream({ status: 200, headers: [], body: undefined, length: 6 }, broken()).catch(failed.resolve)
    return true
  })
  const client = await connectRaw(listener.port)
  client.send(get)
  assert.match(await client.ended(), /\r\n\r\none$/)
  assert.match(String(await failed.promise), /No more/)
})

test('requests that were sent together are answered one after the other, in order', async (t) => {
  const { listener, exchanges } = await openHolding(t)
  const client = await connectRaw(listener.port)
  client.send([1, 2, 3].map((n) => get.replace('/', `/${n}`)).join(''))
  for (const n of [1, 2, 3]) {
    const exchange = await exchanges.next()
    assert.equal(exchanges.count, n)
    answer(exchange, `<${exchange.url}>`)
  }
  await client.until('</3>')
  assert.deepEqual(client.received.match(/<.\d>/g), ['</1>', '</2>', '</3>'])
  client.socket.destroy()
})

test('a client that sends ever more while it is not answered is not read any further', async (t) => {
  const held = Promise.withResolvers<DirectExchange>()
  const { listener } = await openDirect(t, (exchange) => {
    if (exchange.url === '/first') held.resolve(exchange)
    else answer(exchange, '.')
    return true
  })
  const client = await connectRaw(listener.port)
  const count = 20_000
  client.send(get.replace('/', '/first') + get.repeat(count) + last)
  const first = await held.promise
  while (!first.socket.isPaused()) await setImmediate()
  assert.ok(first.socket.bytesRead < (count * get.length) / 2)
  answer(first, '.')
  assert.equal((await client.ended()).split('HTTP/1.1 200 OK').length - 1, count + 2)
})

test('a client that does not read its answers is given no more of them', async (t) => {
  let answered = 0
  const body = Buffer.alloc(1024 * 1024, 'x')
  const { listener } = await openDirect(t, (exchange) => {
    answered++
    exchange.answer({ status: 200, headers: [], body })
    return true
  })
  const client = await connectRaw(listener.port)
  client.socket.pause()
  client.send(get.repeat(50) + last)
  while (answered === 0) await setImmediate()
  const { promise, resolve } = Promise.withResolvers<void>()
  globalThis.setImmediate(resolve)
  await promise
  assert.ok(answered < 50, 'the system took all at once; the test needs larger answers')
  client.socket.resume()
  const received = await client.ended()
  assert.equal(answered, 50)
  assert.ok(received.length > 50 * body.length)
})

test('a client that goes before it is answered is told of once', async (t) => {
  const { listener, exchanges } = await openHolding(t)
  const client = await connectRaw(listener.port)
  client.send(get)
  const exchange = await exchanges.next()
  const gone = Promise.withResolvers<void>()
  exchange.onGone = gone.resolve
  assert.equal(exchange.isGone, false)
  client.socket.resetAndDestroy()
  await gone.promise
  assert.equal(exchange.isGone, true)
  answer(exchange, 'too late')
})

test('a client that leaves after its answer is no news', async (t) => {
  const { listener, exchanges } = await openHolding(t)
  const client = await connectRaw(listener.port)
  client.send(get)
  const exchange = await exchanges.next()
  exchange.onGone = () => assert.fail('it was answered')
  answer(exchange, 'in time')
  await client.until('in time')
  client.socket.end()
  await client.ended()
  while (!exchange.socket.closed) await setImmediate()
})

test('a second answer is not sent', async (t) => {
  const { listener } = await openDirect(t, (exchange) => {
    answer(exchange, 'first')
    return answer(exchange, 'second')
  })
  const client = await connectRaw(listener.port)
  client.send(get + last)
  assert.doesNotMatch(await client.ended(), /second/)
})

test('a handler that throws is answered 500 and the connection lives on', async (t) => {
  const { listener, logged } = await openDirect(t, (exchange) => {
    if (exchange.url === '/bad') throw new Error('broken')
    return answer(exchange, 'fine')
  })
  const client = await connectRaw(listener.port)
  client.send(get.replace('/', '/bad') + get)
  await client.until('fine')
  assert.match(client.received, /^HTTP\/1.1 500 Internal Server Error\r\n/)
  assert.equal(logged[0]?.message, 'GET /bad failed')
  client.socket.destroy()
})

test('a header that HTTP does not allow is refused, and another answer may be given', async (t) => {
  const { listener } = await openDirect(t, (exchange) => {
    const bad = [
      ['X', 'a\r\nInjected: b'],
      ['X\r\nY', 'a'],
      ['X', 'Ā'],
      ['', 'a'],
    ]
    for (const headers of bad)
      assert.throws(() => exchange.answer({ status: 200, headers, body: undefined }), TypeError)
    for (const status of [100, 199, 1000, 200.5, Number.NaN])
      assert.throws(() => exchange.answer({ status, headers: [], body: undefined }), RangeError)
    return answer(exchange, 'fine')
  })
  const client = await connectRaw(listener.port)
  client.send(get + last)
  assert.match(await client.ended(), /^HTTP\/1.1 200 OK\r\nContent-Length: 4\r\n/)
})

test('what is not HTTP is answered as ever', async (t) => {
  const { listener } = await openDirect(t, (exchange) => answer(exchange, 'direct'))
  const client = await connectRaw(listener.port)
  client.send(`${get}NOT HTTP AT ALL\r\n\r\n`)
  assert.match(await client.ended(), /^HTTP\/1.1 200 .*directHTTP\/1.1 400 Bad Request/s)
})

test('an idle connection is ended after some two minutes, one that never spoke after one', async (t) => {
  const clock = new VirtualClock()
  const { listener } = await openDirect(t, (exchange) => answer(exchange, 'hello'), { clock })
  const silent = await connectRaw(listener.port)
  const client = await connectRaw(listener.port)
  client.send(get)
  await client.until('hello')
  await clock.advance(69_999)
  assert.equal(silent.socket.closed, false)
  await clock.advance(1)
  assert.equal(await silent.ended(), '')
  await clock.advance(69_999)
  assert.equal(client.socket.closed, false)
  await clock.advance(1)
  await client.ended()
})

test('a request may take any time', async (t) => {
  const clock = new VirtualClock()
  const { listener, exchanges } = await openHolding(t, { clock })
  const client = await connectRaw(listener.port)
  client.send(get)
  const exchange = await exchanges.next()
  await clock.advance(3_600_000)
  answer(exchange, 'at last')
  await client.until('at last')
  client.socket.destroy()
})

test('closing ends idle connections, and the others behind what is in hand', async (t) => {
  const { listener, exchanges } = await openHolding(t)
  const silent = await connectRaw(listener.port)
  const client = await connectRaw(listener.port)
  client.send(get + get)
  const first = await exchanges.next()
  const closing = listener.close({ graceMs: long })
  client.send(get)
  while (first.socket.bytesRead < 3 * get.length) await setImmediate()
  answer(first, 'first')
  answer(await exchanges.next(), 'second')
  assert.match(await client.ended(), /keep-alive.*first.*Connection: close\r\n\r\nsecond$/s)
  assert.equal(await silent.ended(), '')
  await closing
  assert.equal(exchanges.count, 2)
})

test('what is not for the direct handler is not begun any more when the server closes', async (t) => {
  const { listener, exchanges } = await openHolding(t)
  const client = await connectRaw(listener.port)
  client.send(`${get}POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n`)
  const exchange = await exchanges.next()
  const closing = listener.close({ graceMs: long })
  answer(exchange, 'answered')
  assert.match(await client.ended(), /answered$/)
  await closing
})

test('what lasts beyond the grace is cut off, and no timer is left', async (t) => {
  const clock = new VirtualClock()
  const { listener, exchanges } = await openHolding(t, { clock })
  const client = await connectRaw(listener.port)
  client.send(get)
  await exchanges.next()
  const closing = listener.close({ graceMs: 5000 })
  await clock.advance(5000)
  assert.equal(await client.ended(), '')
  await closing
  assert.equal(clock.pendingCount, 0)
})

const responses = fc.record({
  status: fc.constantFrom(200, 201, 204, 205, 304, 404, 500, 299),
  headers: fc
    .array(
      fc.constantFrom(
        ['Content-Type', 'text/plain'],
        ['X-Latin', 'caf\xe9'],
        ['Set-Cookie', 'a=b'],
        ['date', 'today'],
        ['Connection', 'keep-alive'],
        ['connection', 'Close'],
        ['X-Empty', ''],
      ),
      { maxLength: 3 },
    )
    .map((pairs) => [...new Map(pairs.map((pair) => [pair[0]?.toLowerCase(), pair])).values()].flat()),
  /** Bytes by their number: printed, they would fill the screen. */
  body: fc.oneof(
    fc.constantFrom(undefined, '', 'text', 'ünï €', 'x'.repeat(20_000), 'é'.repeat(20_000)),
    fc.constantFrom(0, 1, 40, 16 * 1024, 16 * 1024 + 1, 100_000),
  ),
})

test('requests in any pieces and of any kind are answered byte for byte as node:http answers them', async (t) => {
  const ending = { status: 200, headers: [], body: 'the end' }
  let given: Parameters<DirectExchange['answer']>[0][] = []
  // What comes behind an answer that closes the connection may come late, when the next round has begun.
  let round = { host: 'r0', plain: [] as string[], direct: [] as string[] }
  const respondFor =
    (server: 'plain' | 'direct'): RequestHandler =>
    (request, response) => {
      const seen = request.headers.host === round.host ? round[server] : []
      const place = seen.push('') - 1
      void readBody(request, 1e6).then((body) => {
        seen[place] = JSON.stringify([
          request.method,
          request.url,
          request.rawHeaders,
          body.toString('latin1'),
        ])
        const { status, headers, body: content } = given[Number(request.url?.slice(1))] ?? ending
        const isBodyless = status === 204 || status === 304
        const sent = status === 205 ? '' : (content ?? '')
        const flat = [...headers, ...(isBodyless ? [] : ['Content-Length', `${Buffer.byteLength(sent)}`])]
        response.writeHead(status, flat)
        // With a text Node would send the head in UTF-8, too.
        response.end(isBodyless ? '' : typeof sent === 'string' ? Buffer.from(sent) : sent)
      }, ignoreGone)
    }
  let direct = 0
  let rounds = 0
  const { listener } = await openDirect(
    t,
    (exchange) => {
      const { method, url, rawHeaders, body } = exchange
      if (url === '/9') return false
      direct++
      if (rawHeaders.includes(round.host))
        round.direct.push(JSON.stringify([method, url, rawHeaders, body?.toString('latin1') ?? '']))
      exchange.answer(given[Number(url.slice(1))] ?? ending)
      return true
    },
    { handler: respondFor('direct') },
  )
  const plain = await HttpListener.open({ port: 0, handler: respondFor('plain') })
  t.after(() => plain.close({ graceMs: 0 }))
  const request = fc.constantFrom(
    get.replace('/', '/0'),
    get.replace('/', '/1'),
    get.replace('GET /', 'HEAD /1'),
    get.replace('/', '/9'),
    'POST /1 HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nX: y\r\n\r\nG\r\n\r\n',
    'POST /2 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
    'OPTIONS /2 HTTP/1.0\r\nHost: x\r\nConnection: keep-alive\r\n\r\n',
    'GET /1 HTTP/1.1\r\nHost: x\r\nX: 1\r\nX: 2\r\n\r\n',
  )
  await fc.assert(
    fc.asyncProperty(
      fc.array(request, { maxLength: 5 }),
      fc.array(responses, { minLength: 3, maxLength: 3 }),
      fc.array(fc.nat(300), { maxLength: 4 }),
      async (requests, chosen, cuts) => {
        given = chosen.map(({ body, ...rest }) => ({
          ...rest,
          body: typeof body === 'number' ? Buffer.alloc(body, '\xfe', 'latin1') : body,
        }))
        round = { host: `r${++rounds}`, plain: [], direct: [] }
        const stream = (requests.join('') + last).replaceAll('Host: x', `Host: ${round.host}`)
        const expected = await talk(plain, stream, cuts)
        const actual = await talk(listener, stream, cuts)
        if (actual.wasReset || expected.wasReset) assertSameStart(actual.text, expected.text)
        else assert.equal(actual.text, expected.text)
        // Behind an answer that closes the connection node:http may have looked at more.
        assert.deepEqual(round.direct, round.plain.slice(0, round.direct.length))
      },
    ),
    { numRuns: 300 },
  )
  assert.ok(direct > 100, `only ${direct} requests were answered directly`)
})

/** An answer before may have closed the connection. */
function ignoreGone(): void {}

/** What one has of the other's end is lost. */
function assertSameStart(one: string, other: string): void {
  const length = Math.min(one.length, other.length)
  assert.equal(one.slice(0, length), other.slice(0, length))
}

/** All that the server says to `stream`, which is sent in pieces; without dates. */
async function talk(
  listener: HttpListener,
  stream: string,
  cuts: readonly number[],
): Promise<{ text: string; wasReset: boolean }> {
  const client = await connectRaw(listener.port)
  client.socket.setNoDelay(true)
  let start = 0
  for (const cut of [...cuts.filter((each) => each < stream.length).sort((a, b) => a - b), stream.length]) {
    if (cut > start && client.socket.writable) {
      client.socket.write(stream.slice(start, cut), 'latin1')
      await setImmediate()
    }
    start = cut
  }
  const text = (await client.ended()).replaceAll(/Date: \w+, [^\r]*/g, 'Date: now')
  return { text, wasReset: client.wasReset }
}

function answer(exchange: DirectExchange, body: string): true {
  exchange.answer({ status: 200, headers: [], body })
  return true
}

async function openDirect(t: TestContext, direct: DirectHandler, options: Partial<HttpListenerOptions> = {}) {
  const logged: LogRecord[] = []
  const log = new Logger(options.clock ?? new VirtualClock(), [{ write: (record) => logged.push(record) }])
  const handler: RequestHandler = (request, response) => {
    void readBody(request, 1e6).then((body) => response.end(`node ${request.url} ${body}`))
  }
  const listener = await HttpListener.open({ port: 0, handler, direct, log, ...options })
  t.after(() => listener.close({ graceMs: 0 }))
  return { listener, logged }
}

/** A listener that answers nothing itself: the test gets the exchanges, one by one. */
async function openHolding(t: TestContext, options: Partial<HttpListenerOptions> = {}) {
  const arrived: DirectExchange[] = []
  const waiting: ((exchange: DirectExchange) => void)[] = []
  let count = 0
  const { listener } = await openDirect(
    t,
    (exchange) => {
      count++
      const waiter = waiting.shift()
      if (waiter) waiter(exchange)
      else arrived.push(exchange)
      return true
    },
    options,
  )
  const next = async () => {
    const exchange = arrived.shift()
    return exchange ?? new Promise<DirectExchange>((resolve) => waiting.push(resolve))
  }
  return {
    listener,
    exchanges: {
      next,
      get count() {
        return count
      },
    },
  }
}
