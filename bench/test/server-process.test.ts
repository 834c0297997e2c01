import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answers, startServer } from '../harness/server-process.ts'

const node = (code: string) => (port: number) => ({
  file: process.execPath,
  args: ['-e', code, String(port)],
  environment: { GREETING: 'hello' },
})
const server = `require('node:http').createServer((request, response) => {
  response.statusCode = request.url === '/ready' ? 200 : 404
  response.end(process.env.GREETING)
}).listen(Number(process.argv[1]), '127.0.0.1')`

test('a server is started on a free port, awaited until it answers, and ended', async () => {
  let port = 0
  {
    await using started = await startServer(node(server), { path: '/ready', timeoutMs: 20_000 })
    port = started.port
    assert.ok(started.firstAnswerMs > 1)
    assert.equal(started.processes().length, 1)
    assert.equal(await answers(port, { path: '/other', timeoutMs: 1000 }), false)
  }
  assert.equal(await answers(port, { path: '/ready', timeoutMs: 1000 }), false)
})

test('a server that ends instead of answering is reported with what it printed', async () => {
  const broken = node(`console.error('no ' + process.env.GREETING); process.exit(3)`)
  await assert.rejects(startServer(broken, { path: '/', timeoutMs: 20_000 }), /ended before.*\nno hello/s)
})

test('a program that does not exist is reported with its name', async () => {
  const missing = () => ({ file: '/nonexistent/program', args: [] })
  await assert.rejects(startServer(missing, { path: '/', timeoutMs: 20_000 }), /nonexistent.program/)
})

test('a server that never answers with 200 is ended when its time is up', async () => {
  const probe = { path: '/missing', timeoutMs: 300 }
  await assert.rejects(
    startServer(node(server), probe),
    /did not answer GET \/missing with 200 within 300 ms/,
  )
})
