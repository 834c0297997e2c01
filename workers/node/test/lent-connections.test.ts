/** What the host cannot see of lent connections: when they come back by themselves. The rest is its contract tests'. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { mock, type TestContext, test } from 'node:test'
import type { FrameWriter, LentTable } from '@aloft/wire'
import { sendableHandle } from '@aloft/wire/http'
import { LentConnections } from '../src/lent/lent-connections.ts'
import type { HostPipe } from '../src/pipe.ts'
import { createWorkerState } from '../src/worker-state.ts'

const table: LentTable = { routes: [], routePrefix: 'api', headers: [], maxBodyBytes: 1000 }

test('a connection on which nothing happens goes back to the host', async (t) => {
  mock.timers.enable({ apis: ['setInterval'] })
  t.after(() => mock.timers.reset())
  const { told } = await lend(t)
  mock.timers.tick(20_000)
  assert.deepEqual(await told('lentReturned'), { connection: 1, unread: undefined })
})

test('a request that the worker has no function for goes back with its connection', async (t) => {
  const { client, told } = await lend(t)
  const request = 'GET /api/nobody HTTP/1.1\r\nHost: a\r\n\r\n'
  client.write(request)
  const { unread } = (await told('lentReturned')) as { unread: string }
  assert.equal(Buffer.from(unread, 'base64').toString(), request)
})

test('a client that goes is told of', async (t) => {
  const { client, told } = await lend(t)
  client.destroy()
  assert.deepEqual(await told('lentClosed'), { connection: 1 })
})

test('all connections go back when the host asks for them', async (t) => {
  const { connections, told } = await lend(t)
  connections.receive({ type: 'recall' }, undefined)
  assert.deepEqual(await told('lentReturned'), { connection: 1, unread: undefined })
})

test('a connection for which the process has no room goes back at once', async (t) => {
  const { connections, told } = await lend(t)
  connections.receive({ type: 'lend', connection: 2, host: 'a' }, undefined)
  assert.deepEqual(await told('lentReturned'), { connection: 2 })
})

/** A connection in the worker's hands; `told` waits for the first message of that name. */
async function lend(t: TestContext) {
  const messages = new Map<string, PromiseWithResolvers<unknown>>()
  const messageOf = (name: string) => {
    const message = messages.get(name) ?? Promise.withResolvers<unknown>()
    messages.set(name, message)
    return message
  }
  const writer = {
    send: (name: string, message: unknown) => messageOf(name).resolve(message),
    flush() {},
  } as unknown as FrameWriter
  const pipe = { whenWritten: (then: () => void) => then(), writeRest() {} } as unknown as HostPipe
  const connections = new LentConnections(createWorkerState('w', writer), pipe)
  connections.receive({ type: 'table', table }, undefined)
  const server = createServer().listen(0, '127.0.0.1')
  t.after(() => server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const client = connect({ port, host: '127.0.0.1' })
  t.after(() => client.destroy())
  const [socket] = (await once(server, 'connection')) as [Socket]
  connections.receive({ type: 'lend', connection: 1, host: 'a' }, sendableHandle(socket))
  return { connections, client, told: (name: string) => messageOf(name).promise }
}
