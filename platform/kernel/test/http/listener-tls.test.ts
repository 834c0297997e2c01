import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { Agent, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { Agent as TlsAgent, request as tlsRequest } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { connect } from 'node:tls'
import {
  type Authority,
  type Clock,
  type DirectHandler,
  HttpListener,
  openAuthority,
  systemClock,
} from '@aloft/kernel'
import { VirtualClock } from '@aloft/kernel/testing'
import { connectRaw, rawClient } from './raw-client.ts'

const get = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'

test('one port speaks plain HTTP and TLS', async (t) => {
  const { listener, authority } = await openBoth(t)
  const plain = new Agent({ keepAlive: true })
  const secure = new TlsAgent({ keepAlive: true, ca: readFileSync(authority.certificatePath) })
  t.after(() => {
    plain.destroy()
    secure.destroy()
  })
  const target = { host: 'localhost', port: listener.port, method: 'POST' }
  // More than one on each connection: the first bytes are read in another way than the rest.
  for (const size of [0, 10, 1_000_000, 10]) {
    const body = Buffer.alloc(size, 'b')
    assert.equal(await answer(request({ ...target, agent: plain }), body), `http ${size}`)
    assert.equal(await answer(tlsRequest({ ...target, agent: secure }), body), `https ${size}`)
  }
})

test('a plain client that dawdles over its first bytes loses none of them', async (t) => {
  const { listener } = await openBoth(t)
  const client = await connectRaw(listener.port)
  client.socket.setNoDelay(true)
  for (const byte of get) await new Promise<void>((sent) => client.socket.write(byte, () => sent()))
  await client.until('http 0')
  client.send(get + get)
  while (client.received.split('http 0').length < 4) await once(client.socket, 'data')
  client.socket.destroy()
})

test('a client that says nothing is let go after a minute, one that spoke is not', async (t) => {
  const clock = new VirtualClock()
  const { listener } = await openBoth(t, () => {}, clock)
  const silent = await connectRaw(listener.port)
  const client = await connectRaw(listener.port)
  client.send(get)
  await client.until('http 0')
  while (clock.pendingCount === 0) await setImmediate()
  await clock.advance(60_000)
  assert.equal(await silent.ended(), '')
  client.send(get)
  while (client.received.split('http 0').length < 3) await once(client.socket, 'data')
  client.socket.destroy()
})

test('requests are answered directly on plain and on TLS connections, until one is not', async (t) => {
  const direct: DirectHandler = (exchange) => {
    if (exchange.url === '/streamed') return false
    const protocol = 'encrypted' in exchange.socket ? 'https' : 'http'
    exchange.answer({ status: 200, headers: [], body: `direct ${protocol}\n` })
    return true
  }
  const { listener, authority } = await openBoth(t, () => {}, systemClock, direct)
  const clients = { http: await connectRaw(listener.port), https: await secureClient(listener, authority) }
  for (const [protocol, client] of Object.entries(clients)) {
    client.send(get)
    await client.until(`direct ${protocol}\n`)
    client.send(`${get}${get.replace('/', '/streamed')}${get}`)
    while (client.received.split(`\r\n\r\n${protocol} 0`).length < 3) await once(client.socket, 'data')
    assert.equal(client.received.split(`direct ${protocol}\n`).length, 3)
    client.send(get)
    while (client.received.split(`\r\n\r\n${protocol} 0`).length < 4) await once(client.socket, 'data')
    client.socket.destroy()
  }
})

test('the certificate is not asked for before the first TLS connection', async (t) => {
  let asked = 0
  const { listener, authority } = await openBoth(t, () => asked++)
  const client = await connectRaw(listener.port)
  client.send(get)
  await client.until('http 0')
  client.socket.destroy()
  assert.equal(asked, 0)
  await Promise.all(
    [1, 2].map(() => secureClient(listener, authority).then((secure) => secure.socket.destroy())),
  )
  assert.equal(asked, 1)
})

test('TLS clients that cannot be served disturb nobody', async (t) => {
  const { listener } = await openBoth(t)
  const garbage = await connectRaw(listener.port)
  garbage.send(`\x16${'x'.repeat(100)}`)
  await garbage.ended()
  const distrustful = connect({ port: listener.port, host: '127.0.0.1' })
  await assert.rejects(once(distrustful, 'secureConnect'), { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' })
  const hasty = await connectRaw(listener.port)
  hasty.socket.end()
  await hasty.ended()
  const client = await connectRaw(listener.port)
  client.send(get)
  await client.until('http 0')
  client.socket.destroy()
})

test('a certificate that cannot be had ends TLS connections only, and is tried again', async (t) => {
  let isBroken = true
  const { listener, authority } = await openBoth(t, () => {
    if (isBroken) throw new Error('no certificate')
  })
  await assert.rejects(secureClient(listener, authority))
  isBroken = false
  const client = await secureClient(listener, authority)
  client.send(get)
  await client.until('https 0')
  client.socket.destroy()
})

test('closing ends silent, idle and encrypted connections', async (t) => {
  const { listener, authority } = await openBoth(t)
  const silent = await connectRaw(listener.port)
  const idle = await secureClient(listener, authority)
  idle.send(get)
  await idle.until('https 0')
  await listener.close({ graceMs: 10_000 })
  await Promise.all([silent.ended(), idle.ended()])
})

test('a TLS request in hand is answered whole while closing', async (t) => {
  const { listener, authority } = await openBoth(t)
  const arrived = Promise.withResolvers<ServerResponse>()
  listener.handler = (_request, response) => arrived.resolve(response)
  const client = await secureClient(listener, authority)
  client.send(get)
  const response = await arrived.promise
  const closing = listener.close({ graceMs: 10_000 })
  response.end('finished')
  assert.match(await client.ended(), /Connection: close\r\n.*finished$/s)
  await closing
})

async function openBoth(
  t: TestContext,
  onLoad: () => void = () => {},
  clock: Clock = systemClock,
  direct?: DirectHandler,
) {
  const folder = mkdtempSync(join(tmpdir(), 'aloft-listener-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const authority = await openAuthority(folder, systemClock)
  const listener = await HttpListener.open({
    port: 0,
    clock,
    handler: describe,
    direct,
    tls: async () => {
      onLoad()
      return authority.tlsOptions()
    },
  })
  t.after(() => listener.close({ graceMs: 0 }))
  return { listener, authority }
}

/** Answers with the protocol and the length of the body. */
async function describe(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let length = 0
  for await (const chunk of request) length += chunk.length
  response.end(`${'encrypted' in request.socket ? 'https' : 'http'} ${length}`)
}

async function answer(outgoing: ReturnType<typeof request>, body: Buffer): Promise<string> {
  outgoing.end(body)
  const [response] = await once(outgoing, 'response')
  let text = ''
  for await (const chunk of response) text += chunk
  return text
}

async function secureClient(listener: HttpListener, authority: Authority) {
  const ca = readFileSync(authority.certificatePath)
  const socket = connect({ port: listener.port, host: '127.0.0.1', servername: 'localhost', ca })
  await once(socket, 'secureConnect')
  return rawClient(socket)
}
