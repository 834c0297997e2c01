import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { type TestContext, test } from 'node:test'
import {
  HttpListener,
  onDisconnect,
  type RequestHandler,
  sendBytes,
  sendEmpty,
  sendJson,
  sendText,
} from '@aloft/kernel'
import { connectRaw } from './raw-client.ts'

for (const [name, send, expected] of [
  ['text', (response) => sendText(response, 200, 'é'), [200, 'text/plain; charset=utf-8', '2', 'é']],
  [
    'JSON',
    (response) => sendJson(response, 201, ['é']),
    [201, 'application/json; charset=utf-8', '6', '["é"]'],
  ],
  [
    'bytes',
    (response) => sendBytes(response, 200, Buffer.from('ab')),
    [200, 'application/octet-stream', '2', 'ab'],
  ],
  ['a status', (response) => sendEmpty(response, 404), [404, null, '0', '']],
  ['204', (response) => sendEmpty(response, 204), [204, null, null, '']],
] as [string, (response: ServerResponse) => void, unknown[]][]) {
  test(`${name} is sent with its type and length`, async (t) => {
    const listener = await serve(t, (_request, response) => send(response))
    const response = await fetch(`http://127.0.0.1:${listener.port}`)
    const { headers } = response
    assert.deepEqual(
      [response.status, headers.get('content-type'), headers.get('content-length'), await response.text()],
      expected,
    )
    assert.equal(headers.get('transfer-encoding'), null)
  })
}

test('a content type of the caller wins, whatever its case', async (t) => {
  const listener = await serve(t, (_request, response) =>
    sendJson(response, 200, {}, { 'content-type': 'application/problem+json', ETag: '"1"' }),
  )
  const { headers } = await fetch(`http://127.0.0.1:${listener.port}`)
  assert.deepEqual([headers.get('content-type'), headers.get('etag')], ['application/problem+json', '"1"'])
})

test('a client that goes before the answer is noticed, one that got it is not', async (t) => {
  const gone: string[] = []
  const closed = Promise.withResolvers<void>()
  const listener = await serve(t, (request, response) => {
    onDisconnect(response, () => gone.push(request.url!))
    if (request.url === '/answered') return sendEmpty(response, 200)
    response.once('close', closed.resolve)
    client.socket.destroy()
  })
  await (await fetch(`http://127.0.0.1:${listener.port}/answered`)).text()
  const client = await connectRaw(listener.port)
  client.send('GET /left HTTP/1.1\r\nHost: x\r\n\r\n')
  await closed.promise
  assert.deepEqual(gone, ['/left'])
})

async function serve(t: TestContext, handler: RequestHandler): Promise<HttpListener> {
  const listener = await HttpListener.open({ port: 0, handler })
  t.after(() => listener.close({ graceMs: 0 }))
  return listener
}
