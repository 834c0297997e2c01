import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type RunningSample, runSample } from '../../run-sample.ts'

/** Stands for the server of the covers. */
const covers = createServer((request, response) => {
  response.setHeader('Content-Type', 'text/plain')
  response.end(`${request.url} ${request.headers.accept} ${request.headers.host}`)
})
let coversHost: string
let app: RunningSample

before(async () => {
  covers.listen(0, '127.0.0.1')
  await once(covers, 'listening')
  coversHost = `127.0.0.1:${(covers.address() as AddressInfo).port}`
  app = await runSample(fileURLToPath(new URL('..', import.meta.url)), { COVERS_URL: `http://${coversHost}` })
})
after(async () => {
  await app?.stop()
  covers.closeAllConnections()
  covers.close()
})

const ask = (path: string, init?: RequestInit) => fetch(app.url + path, { redirect: 'manual', ...init })

test('the console lists the proxies beside the function', () => {
  const { url } = app
  const output = app.output()
  assert.ok(output.includes(`\tbooks: [GET] ${url}/books/{isbn?}\n`), output)
  assert.ok(output.includes(`\tcatalogue: [GET] ${url}/api/catalogue/{isbn?}\n`), output)
  assert.ok(output.includes(`\thome: [GET] ${url}/\n`), output)
})

test('the function answers at its public address, with what the facade adds', async () => {
  const found = await ask('/books?author=tolkien')
  assert.deepEqual(
    ((await found.json()) as { title: string }[]).map(({ title }) => title),
    ['The Hobbit'],
  )
  assert.equal(found.headers.get('cache-control'), 'public, max-age=60')
  assert.equal(found.headers.get('x-served-by'), 'catalogue (200)')
  const none = await ask('/books/0')
  assert.deepEqual([none.status, none.headers.get('x-served-by')], [404, 'catalogue (404)'])
  assert.deepEqual(await none.json(), { error: 'There is no book 0.' })
})

test('covers come from the other server', async () => {
  const cover = await ask('/books/9780261103344/cover?size=M')
  assert.equal(await cover.text(), `/b/isbn/9780261103344-M.jpg?size=M image/* ${coversHost}`)
})

test('readers are a mock, for numbers only', async () => {
  const reader = await ask('/readers/7')
  assert.deepEqual(await reader.json(), { id: '7', name: 'Reader 7', books: ['9780261103344'] })
  assert.equal((await ask('/readers/me')).status, 404)
})

test('an old address leads to the new one', async () => {
  const old = await ask('/titles/9780141439600')
  assert.deepEqual([old.status, old.headers.get('location')], [301, '/books/9780141439600'])
  const followed = await ask('/titles/9780141439600', { redirect: 'follow' })
  assert.equal(((await followed.json()) as { title: string }).title, 'A Tale of Two Cities')
})

test('the homepage is the facade’s', async () => {
  assert.match(await (await ask('/')).text(), /<h1>Library<\/h1>/)
})

test('a trace can be asked for and read', async () => {
  const { headers } = await ask('/books', { headers: { 'Proxy-Trace-Enabled': 'true' } })
  const trace = (await (await fetch(headers.get('proxy-trace-location')!)).json()) as { proxy: string }
  assert.equal(trace.proxy, 'books')
})
