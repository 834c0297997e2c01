import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type TestContext, test } from 'node:test'
import { cli } from './memory-terminal.ts'
import { appFolder } from './start/app-folder.ts'
import { ChildCli } from './start/child-cli.ts'

const app = `require('@azure/functions').app.http('NAME', { methods: ['GET'], handler: async (request, context) => {
  context.debug('detail of NAME'); context.log('said by NAME'); return { body: 'hi' } } })\n`

test('the log of a running app is followed, as it was printed, and ends with it', async (t) => {
  const directory = await appFolder(t, {
    'src/a.js': app.replaceAll('NAME', 'hello') + app.replaceAll('NAME', 'other'),
  })
  const host = new ChildCli(t, ['start', '--no-storage', '--port', '0'], { directory })
  const [, url = ''] = await host.until(/hello: \[GET\] (http:\/\/[^/]+)/)
  const words = ['logs', '-f', '--url', url, '--function', 'HELLO', '--level', 'Debug']
  const logs = new ChildCli(t, words, { directory })
  while (!logs.output.includes('said by hello')) {
    await fetch(`${url}/api/other`)
    await fetch(`${url}/api/hello`)
  }
  // It may have joined in the middle of an invocation: this one is followed from its start.
  await fetch(`${url}/api/hello`)
  await logs.until(/Executing 'Functions\.hello'[\s\S]*Executed 'Functions\.hello' \(Succeeded/)
  const time = String.raw`\[\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\] `
  const pair = new RegExp(`^${time}Executing 'Functions\\.hello' .*\n${time}detail of hello\n`, 'm')
  assert.match(logs.output, pair)
  assert.doesNotMatch(logs.output, /other/)
  const line = /^.*said by hello$/m.exec(logs.output)![0]
  assert.ok(host.output.includes(line))
  await host.stop()
  assert.equal(await logs.exited, 0)
  assert.match(logs.errors, /^aloft-cli-\w+ has ended\.\n$/)
})

/** A host that answers as it is told. */
async function fakeHost(
  t: TestContext,
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<string> {
  const server = createServer(answer)
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  t.after(() => server.close())
  return `http://127.0.0.1:${(server.address() as { port: number }).port}`
}

const record = {
  time: '2026-01-01T00:00:00.000Z',
  level: 'Warning',
  category: 'Host',
  message: 'careful',
  fields: { a: 1 },
}

test('--json prints what the host says, and a line may come in pieces', async (t) => {
  const text = JSON.stringify(record)
  const url = await fakeHost(t, (_, response) => {
    response.writeHead(200, { 'x-aloft-app': 'shop%20one' })
    response.write(`\n${text.slice(0, 20)}`)
    setImmediate(() => response.end(`${text.slice(20)}\n\n`))
  })
  const { exitCode, output, errors } = await cli(['logs', '--url', url, '--json'])
  assert.deepEqual([exitCode, JSON.parse(output), errors], [0, record, 'shop one has ended.\n'])
})

test('filters and the key reach the host', async (t) => {
  const asked: unknown[] = []
  const url = await fakeHost(t, (request, response) => {
    asked.push(request.url, request.headers['x-functions-key'])
    response.writeHead(200, { 'x-aloft-app': 'shop' }).end()
  })
  await cli(['logs', '--url', url, '--function', 'a&b', '--level', 'Debug', '--key', 'secret'])
  assert.deepEqual(asked, ['/admin/logstream?format=json&function=a%26b&level=Debug', 'secret'])
})

for (const [status, message] of [
  [401, /asks for its master key\nhint: +Give it with --key/],
  [404, /shows no log \(status 404\)\nhint: +Is it Aloft/],
] as const) {
  test(`an answer of ${status} is explained`, async (t) => {
    const url = await fakeHost(t, (_, response) => response.writeHead(status).end())
    const { exitCode, errors } = await cli(['logs', '--url', url])
    assert.equal(exitCode, 1)
    assert.match(errors, message)
  })
}

test('when nobody answers, or not the app that is meant, the mend is said', async (t) => {
  const url = await fakeHost(t, (_, response) => response.writeHead(200, { 'x-aloft-app': 'shop' }).end())
  assert.match(
    (await cli(['logs', '--url', url, '--app', 'bank'])).errors,
    /^error: No app 'bank' answers at/,
  )
  assert.match(
    (await cli(['logs', '--url', 'http://127.0.0.1:1'])).errors,
    /^error: No app answers at .*:1\nhint/,
  )
  assert.match((await cli(['logs', '--url', 'http://a b'])).errors, /is not an address/)
})
