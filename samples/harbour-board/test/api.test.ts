import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { RunningSample } from '../../run-sample.ts'
import { startBoard } from './start-board.ts'

let app: RunningSample
before(async () => {
  app = await startBoard()
})
after(() => app.kill())

const request = (path: string, init?: RequestInit) => fetch(app.url + path, init)
const post = (path: string, body: unknown) =>
  request(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })

test('the console lists the functions with their routes', () => {
  const { url } = app
  const output = app.output()
  assert.match(output, /^Functions:$/m)
  assert.ok(output.includes(`\taddArrival: [POST] ${url}/api/arrivals\n`), output)
  assert.ok(output.includes(`\tgetArrival: [GET] ${url}/api/arrivals/{id:int}\n`), output)
  assert.match(output, /^\tsite: \[GET\] /m)
})

test('a ship can be announced, looked up and taken off the board', async () => {
  const created = await post('/api/arrivals', { name: 'Étoile', from: 'Brest', cargo: 'Oysters', dueIn: 25 })
  assert.equal(created.status, 201)
  const location = created.headers.get('location')!
  const ship = (await created.json()) as Ship
  assert.deepEqual(await (await request(location)).json(), ship)
  assert.deepEqual(
    { name: ship.name, dueIn: ship.dueIn, status: ship.status },
    { name: 'Étoile', dueIn: 25, status: 'expected' },
  )
  assert.equal((await request(location, { method: 'DELETE' })).status, 204)
  assert.equal((await request(location)).status, 404)
  assert.equal((await request(location, { method: 'DELETE' })).status, 404)
})

test('the list can be narrowed to one status', async () => {
  const response = await request('/api/arrivals?status=berthed')
  const { arrivals } = (await response.json()) as { arrivals: readonly Ship[] }
  assert.ok(arrivals.length > 0)
  assert.ok(arrivals.every(({ status }) => status === 'berthed'))
})

test('what is wrong with an announcement is said field by field', async () => {
  const refused = await post('/api/arrivals', { name: ' ', from: 'x'.repeat(41), cargo: 'Tea', dueIn: 1.5 })
  assert.equal(refused.status, 400)
  const { problems } = (await refused.json()) as { problems: object }
  assert.deepEqual(Object.keys(problems), ['name', 'from', 'dueIn'])
  const nonsense = await request('/api/arrivals', { method: 'POST', body: 'no JSON' })
  assert.equal(nonsense.status, 400)
})

test('a route constraint keeps what is not a number away', async () => {
  assert.equal((await request('/api/arrivals/seven')).status, 404)
})

test('the tide moves the harbour, and the live feed tells', async () => {
  const abort = new AbortController()
  const feed = await request('/api/arrivals/live', { signal: abort.signal })
  assert.equal(feed.headers.get('content-type'), 'text/event-stream')
  const events = feed.body!.pipeThrough(new TextDecoderStream()).getReader()
  const first = await nextEvent(events)
  const run = await post('/admin/functions/tide', { input: '' })
  assert.equal(run.status, 202)
  const second = await nextEvent(events)
  abort.abort()
  assert.equal(minutes(second.time) - minutes(first.time), 5)
})

test('Ctrl+C ends the app in order', async () => {
  const other = await startBoard()
  assert.equal((await fetch(`${other.url}/api/arrivals`)).status, 200)
  assert.equal(await other.stop(), 0)
})

test('a feed ends by itself, for a reader that has gone says nothing', async () => {
  const feed = await request('/api/arrivals/live')
  const events = feed.body!.pipeThrough(new TextDecoderStream()).getReader()
  let text = (await events.read()).value
  for (let count = 1; count < 50; count++) await post('/admin/functions/tide', { input: '' })
  for (let next = await events.read(); !next.done; next = await events.read()) text += next.value
  assert.equal(text?.match(/^data: /gm)?.length, 50)
})

test('the page and its files are served, and nothing outside their folder', async () => {
  const page = await request('/board')
  assert.equal(page.headers.get('content-type'), 'text/html; charset=utf-8')
  assert.match(await page.text(), /<title>Harbour board<\/title>/)
  assert.equal((await request('/board/board.css')).headers.get('content-type'), 'text/css; charset=utf-8')
  for (const path of ['/board/none.css', '/board/..%2Fhost.json', '/board/%2e%2e%2fpackage.json'])
    assert.equal((await request(path)).status, 404, path)
})

interface Ship {
  readonly name: string
  readonly dueIn: number
  readonly status: string
}

interface Board {
  readonly time: string
}

async function nextEvent(events: ReadableStreamDefaultReader<string>): Promise<Board> {
  let text = ''
  while (!text.includes('\n\n')) {
    const { value, done } = await events.read()
    if (done) throw new Error(`The feed ended: ${text}`)
    text += value
  }
  return JSON.parse(/^data: (.*)$/m.exec(text)![1]!)
}

function minutes(time: string): number {
  const [hour = 0, minute = 0] = time.split(':').map(Number)
  return hour * 60 + minute
}
