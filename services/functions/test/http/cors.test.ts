import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startFront, text } from './fixture.ts'

const allowed = 'https://portal.example.com'

function corsOf(response: Response): Record<string, string> {
  const names = [...response.headers].filter(([name]) => name.startsWith('access-control') || name === 'vary')
  return Object.fromEntries(names)
}

function front(cors: { origins: readonly string[]; allowCredentials: boolean }) {
  return startFront({
    cors,
    functions: {
      f: { trigger: { methods: ['get', 'options'] }, code: (http) => text(http.method ?? '') },
    },
  })
}

const preflight = {
  method: 'OPTIONS',
  headers: {
    origin: allowed,
    'access-control-request-method': 'PUT',
    'access-control-request-headers': 'x-a, content-type',
  },
}

test('a preflight from an allowed origin is granted everything that it asks for', async () => {
  await using app = await front({ origins: ['HTTPS://Portal.example.com/'], allowCredentials: true })
  const response = await fetch(`${app.url}/api/f`, preflight)
  assert.equal(response.status, 204)
  assert.deepEqual(corsOf(response), {
    'access-control-allow-origin': allowed,
    'access-control-allow-credentials': 'true',
    'access-control-allow-methods': 'PUT',
    'access-control-allow-headers': 'x-a, content-type',
    vary: 'Origin',
  })
})

test('an allowed origin may read every answer, errors too', async () => {
  await using app = await front({ origins: [allowed], allowCredentials: false })
  for (const path of ['/api/f', '/api/none', '/']) {
    const response = await fetch(app.url + path, { headers: { origin: allowed } })
    assert.deepEqual(corsOf(response), { 'access-control-allow-origin': allowed, vary: 'Origin' }, path)
  }
})

test('an origin that is not allowed gets no CORS headers, and no preflight reaches a function', async () => {
  await using app = await front({ origins: ['https://other.example.com'], allowCredentials: true })
  const asked = await fetch(`${app.url}/api/f`, preflight)
  assert.deepEqual([asked.status, corsOf(asked), await asked.text()], [204, {}, ''])
  const simple = await fetch(`${app.url}/api/f`, { headers: { origin: allowed } })
  assert.deepEqual([simple.status, corsOf(simple)], [200, {}])
})

test('the function varies by more than the origin', async () => {
  await using app = await startFront({
    cors: { origins: [allowed], allowCredentials: false },
    functions: { f: { code: () => ({ http: { headers: { vary: 'Accept' } } }) } },
  })
  const response = await fetch(`${app.url}/api/f`, { headers: { origin: allowed } })
  assert.equal(response.headers.get('vary'), 'Accept, Origin')
})

test('a star allows every origin, and never with credentials', async () => {
  await using app = await front({ origins: ['*'], allowCredentials: true })
  const response = await fetch(`${app.url}/api/f`, { headers: { origin: 'null' } })
  assert.deepEqual(corsOf(response), { 'access-control-allow-origin': '*' })
})

test('without CORS, OPTIONS is a method like any other', async () => {
  await using app = await front({ origins: [], allowCredentials: false })
  const response = await fetch(`${app.url}/api/f`, preflight)
  assert.deepEqual([response.status, corsOf(response), await response.text()], [200, {}, 'OPTIONS'])
})
