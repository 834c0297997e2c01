import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { HttpListener, type HttpListenerOptions } from '@aloft/kernel'
import { VirtualClock } from '@aloft/kernel/testing'
import { connectRaw } from './raw-client.ts'

const get = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'
const long = 10_000

test('closing ends idle connections, silent ones too, and frees the port', async () => {
  const listener = await open({ handler: (_request, response) => response.end('hello') })
  const idle = await connectRaw(listener.port)
  idle.send(get)
  await idle.until('hello')
  const silent = await connectRaw(listener.port)
  await listener.close({ graceMs: long })
  await Promise.all([idle.ended(), silent.ended()])
  const next = await HttpListener.open({ port: listener.port, handler: () => {} })
  await next.close({ graceMs: 0 })
})

test('a request in hand is answered whole, and its connection is closed', async () => {
  const { listener, responses } = await openHolding()
  const client = await connectRaw(listener.port)
  client.send(get)
  const response = await responses.next()
  const closing = listener.close({ graceMs: long })
  response.end('finished')
  assert.match(await client.ended(), /Connection: close\r\n.*finished$/s)
  await closing
})

test('a response whose headers are sent ends whole, and its connection is closed', async () => {
  const { listener, responses } = await openHolding()
  const client = await connectRaw(listener.port)
  client.send(get)
  const response = await responses.next()
  response.writeHead(200, { 'Content-Length': 8 }).flushHeaders()
  await client.until('keep-alive')
  const closing = listener.close({ graceMs: long })
  response.end('finished')
  assert.match(await client.ended(), /finished$/)
  await closing
})

test('a response that has ended but is not yet received is not cut off', async () => {
  const size = 8 * 1024 * 1024
  const { listener, responses } = await openHolding()
  const client = await connectRaw(listener.port)
  client.socket.pause()
  client.send(get)
  const response = await responses.next()
  response.end(Buffer.alloc(size, 'x'))
  assert.ok(!response.writableFinished, 'the system took all at once; the test needs a larger response')
  const closing = listener.close({ graceMs: long })
  client.socket.resume()
  const received = await client.ended()
  assert.equal(received.length - received.indexOf('\r\n\r\n') - 4, size)
  await closing
})

test('what lasts beyond the grace is cut off', async () => {
  const clock = new VirtualClock()
  const { listener, responses } = await openHolding({ clock })
  const client = await connectRaw(listener.port)
  client.send(get)
  await responses.next()
  const closing = listener.close({ graceMs: 5000 })
  await clock.advance(4999)
  assert.equal(client.socket.closed, false)
  await clock.advance(1)
  await client.ended()
  await closing
  assert.equal(clock.pendingCount, 0)
})

test('a request that arrives behind the last answer of a closing connection is not handled', async () => {
  const { listener, responses } = await openHolding()
  const client = await connectRaw(listener.port)
  client.send(get)
  const response = await responses.next()
  const closing = listener.close({ graceMs: long })
  client.send(get)
  while (response.socket!.bytesRead < 2 * get.length) await setImmediate()
  response.end('first')
  await client.ended()
  await closing
  assert.equal(responses.count, 1)
})

test('requests that were sent together before closing are all answered', async () => {
  const { listener, responses } = await openHolding()
  const client = await connectRaw(listener.port)
  client.send(get + get)
  const first = await responses.next()
  const second = await responses.next()
  const closing = listener.close({ graceMs: long })
  first.end('first')
  second.end('second')
  assert.match(await client.ended(), /first.*Connection: close.*second$/s)
  await closing
})

test('upgraded connections are closed', async () => {
  const listener = await open({
    handler: () => {},
    upgrade: (_request, socket) => socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n'),
  })
  const client = await connectRaw(listener.port)
  client.send('GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n')
  await client.until('101')
  await listener.close({ graceMs: long })
  await client.ended()
})

test('closing twice is closing once', async () => {
  const listener = await open({ handler: () => {} })
  assert.equal(listener.close({ graceMs: 0 }), listener.close({ graceMs: long }))
  await listener.close({ graceMs: 0 })
})

function open(options: Omit<HttpListenerOptions, 'port'>): Promise<HttpListener> {
  return HttpListener.open({ port: 0, ...options })
}

/** A listener that answers nothing itself: the test gets the responses, one by one. */
async function openHolding(options: Partial<HttpListenerOptions> = {}) {
  const arrived: ServerResponse[] = []
  const waiting: ((response: ServerResponse) => void)[] = []
  let count = 0
  const handler = (_request: unknown, response: ServerResponse) => {
    count++
    const waiter = waiting.shift()
    if (waiter) waiter(response)
    else arrived.push(response)
  }
  const next = () =>
    new Promise<ServerResponse>((resolve) => {
      const response = arrived.shift()
      if (response) resolve(response)
      else waiting.push(resolve)
    })
  return {
    listener: await open({ handler, ...options }),
    responses: {
      next,
      get count() {
        return count
      },
    },
  }
}
