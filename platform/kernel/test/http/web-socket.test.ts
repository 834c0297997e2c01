import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type TestContext, test } from 'node:test'
import {
  acceptWebSocket,
  HttpListener,
  refuseUpgrade,
  type WebSocketConnection,
  type WebSocketOptions,
} from '@aloft/kernel'
import { createWebSocketStream, WebSocket } from 'ws'
import { connectRaw } from './raw-client.ts'

test('text and bytes go both ways', async (t) => {
  const { url } = await serve(t, {}, (connection) =>
    connection.onMessage((message) => connection.send(message)),
  )
  const client = await open(t, url)
  client.send('text é')
  assert.deepEqual(await once(client, 'message'), [Buffer.from('text é'), false])
  client.send(Buffer.from([0, 255]))
  assert.deepEqual(await once(client, 'message'), [Buffer.from([0, 255]), true])
})

test('what the client says at once waits for the listener', async (t) => {
  const connected = Promise.withResolvers<WebSocketConnection>()
  const { port } = await serve(t, {}, connected.resolve)
  const client = await connectRaw(port)
  const handshake = [
    'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
  ].join('\r\n')
  // A masked text frame with 'hi', in the same packet as the handshake.
  client.socket.write(Buffer.concat([Buffer.from(handshake), Buffer.of(0x81, 0x82, 0, 0, 0, 0, 0x68, 0x69)]))
  await client.until('101')
  const connection = await connected.promise
  const heard = new Promise((resolve) => connection.onMessage(resolve))
  assert.equal(await heard, 'hi')
  client.socket.destroy()
})

test('the best subprotocol that both speak is chosen', async (t) => {
  const { url } = await serve(t, { protocols: ['AMQPWSB10', 'amqp'] }, () => {})
  const client = await open(t, url, ['other', 'amqp', 'AMQPWSB10'])
  assert.equal(client.protocol, 'AMQPWSB10')
})

test('closing tells the other side code and reason', async (t) => {
  const closed = Promise.withResolvers<unknown[]>()
  const { url } = await serve(t, {}, (connection) => {
    connection.onMessage((message) => connection.close(4001, `no ${message}`))
    connection.onClose((...reason) => closed.resolve(reason))
  })
  const client = await open(t, url)
  client.send('thanks')
  const [code, reason] = await once(client, 'close')
  assert.deepEqual([code, String(reason)], [4001, 'no thanks'])
  assert.deepEqual(await closed.promise, [4001, 'no thanks'])
})

test('a message beyond the limit closes the connection only', async (t) => {
  const closed = Promise.withResolvers<number>()
  const { url } = await serve(t, { maxMessageBytes: 10 }, (connection) => {
    connection.onMessage(() => {})
    connection.onClose(closed.resolve)
  })
  const client = await open(t, url)
  client.send('x'.repeat(11))
  const [code] = await once(client, 'close')
  assert.equal(code, 1009)
  await closed.promise
})

test('a client that vanishes is told as a broken connection', async (t) => {
  const closed = Promise.withResolvers<number>()
  const { url } = await serve(t, {}, (connection) => {
    connection.onMessage(() => {})
    connection.onClose((code) => {
      // Late senders need not check.
      connection.send('too late')
      closed.resolve(code)
    })
  })
  const client = await open(t, url)
  client.terminate()
  assert.equal(await closed.promise, 1006)
})

test('binary messages are one stream for protocols with frames of their own', async (t) => {
  const { url } = await serve(t, {}, (connection) => {
    const stream = connection.stream()
    stream.pipe(stream)
  })
  const stream = createWebSocketStream(await open(t, url))
  stream.write('AMQP')
  assert.equal(String((await once(stream, 'data'))[0]), 'AMQP')
  stream.destroy()
})

test('an upgrade that is no proper handshake is refused', async (t) => {
  const accepted = Promise.withResolvers<WebSocketConnection | undefined>()
  const { port } = await serve(t, {}, () => {}, accepted.resolve)
  const client = await connectRaw(port)
  client.send('GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
  assert.match(await client.ended(), /^HTTP\/1\.1 400 /)
  assert.equal(await accepted.promise, undefined)
})

test('a handler may refuse an upgrade with a status', async (t) => {
  const listener = await HttpListener.open({
    port: 0,
    handler: () => {},
    upgrade: (_request, socket) => refuseUpgrade(socket, 401, 'no key'),
  })
  t.after(() => listener.close({ graceMs: 0 }))
  const client = new WebSocket(`ws://127.0.0.1:${listener.port}/`)
  const [, response] = await once(client, 'unexpected-response')
  assert.equal(response.statusCode, 401)
  response.destroy()
})

async function serve(
  t: TestContext,
  options: WebSocketOptions,
  onConnection: (connection: WebSocketConnection) => void,
  onDone: (connection: WebSocketConnection | undefined) => void = () => {},
) {
  const listener = await HttpListener.open({
    port: 0,
    handler: () => {},
    upgrade: async (request, socket, head) => {
      const connection = await acceptWebSocket(request, socket, head, options)
      onDone(connection)
      if (connection) onConnection(connection)
    },
  })
  t.after(() => listener.close({ graceMs: 0 }))
  return { port: listener.port, url: `ws://127.0.0.1:${listener.port}/` }
}

async function open(t: TestContext, url: string, protocols: string[] = []): Promise<WebSocket> {
  const client = new WebSocket(url, protocols)
  t.after(() => client.terminate())
  await once(client, 'open')
  return client
}
