import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import { type TestContext, test } from 'node:test'
import { HttpListener, readBody, readJson, type ServiceError, sendText } from '@aloft/kernel'
import { connectRaw } from './raw-client.ts'

const chunkedHead = 'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n'

test('a body is read whole, with or without a declared length', async (t) => {
  const port = await serve(t, (request) => readBody(request, 2_000_000).then((body) => `${body.length}`))
  const bytes = Buffer.alloc(1_000_000, 'b')
  assert.equal(await post(port, bytes), '1000000')
  const client = await connectRaw(port)
  client.send(`${chunkedHead}3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n`)
  assert.match(await client.ended(), /\r\n\r\n7$/)
})

test('no body is an empty body', async (t) => {
  const port = await serve(t, (request) => readBody(request, 0).then((body) => `<${body}>`))
  assert.equal(await (await fetch(`http://127.0.0.1:${port}`)).text(), '<>')
  assert.equal(await post(port, ''), '<>')
})

test('a body at the limit is read, one byte more is refused', async (t) => {
  const port = await serve(t, (request) => readBody(request, 10).then(String))
  assert.equal(await post(port, '0123456789'), '0123456789')
  assert.equal(await post(port, '01234567890'), '413 BodyTooLarge: The request body is larger than 10 bytes')
})

test('a declared length beyond the limit is refused before the body arrives', async (t) => {
  const port = await serve(t, (request) => readBody(request, 10).then(String))
  const client = await connectRaw(port)
  client.send('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n\r\n')
  await client.until('413 BodyTooLarge')
  client.socket.destroy()
})

test('a body without a declared length is refused at the limit', async (t) => {
  const port = await serve(t, (request) => readBody(request, 10).then(String))
  const client = await connectRaw(port)
  client.send(`${chunkedHead}b\r\n01234567890\r\n`)
  await client.until('413 BodyTooLarge')
  client.socket.destroy()
})

test('a client that goes away in the middle of its body fails the reading', async (t) => {
  const outcome = Promise.withResolvers<string>()
  const port = await serve(t, async (request) => {
    request.once('data', () => client.socket.resetAndDestroy())
    outcome.resolve(await readBody(request, 100).then(String, (error: ServiceError) => error.code))
    return ''
  })
  const client = await connectRaw(port)
  client.send('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\npart')
  assert.equal(await outcome.promise, 'ClientGone')
})

test('reading a body twice fails instead of waiting for ever', async (t) => {
  const port = await serve(t, async (request) => {
    await readBody(request, 100)
    return readBody(request, 100).then(String)
  })
  assert.match(await post(port, 'once'), /was read already/)
})

test('JSON is read, a byte order mark left out', async (t) => {
  const port = await serve(t, (request) => readJson(request, 100).then((value) => JSON.stringify(value)))
  assert.equal(await post(port, '\ufeff{"a": [1, "é"]}'), '{"a":[1,"é"]}')
})

for (const [body, expected] of [
  ['{"a": }', /^400 InvalidJson: The request body is not valid JSON: Unexpected token/],
  ['', /^400 BodyMissing: /],
  [Buffer.from([0x22, 0xff, 0x22]), /^400 InvalidJson: .*encoding/],
] as const) {
  test(`the JSON body '${body}' is refused with a reason`, async (t) => {
    const port = await serve(t, (request) => readJson(request, 100).then((value) => JSON.stringify(value)))
    assert.match(await post(port, body), expected)
  })
}

/** A server that answers what `work` makes of a request, or its error, and closes the connection. */
async function serve(t: TestContext, work: (request: IncomingMessage) => Promise<string>): Promise<number> {
  const listener = await HttpListener.open({
    port: 0,
    handler: (request, response) => {
      const close = { Connection: 'close' }
      work(request).then(
        (text) => sendText(response, 200, text, close),
        (error) => sendText(response, 200, `${error.status} ${error.code}: ${error.message}`, close),
      )
    },
  })
  t.after(() => listener.close({ graceMs: 0 }))
  return listener.port
}

async function post(port: number, body: string | Uint8Array<ArrayBuffer>): Promise<string> {
  return (await fetch(`http://127.0.0.1:${port}`, { method: 'POST', body })).text()
}
