/** What a function sees of an HTTP request, with the newest and the oldest library of the v4 model. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, describe, test } from 'node:test'
import { type AppUnderTest, HostUnderTest, type LibraryVersion } from './app-under-test.ts'
import { send } from './raw-http.ts'

const host = await HostUnderTest.open()
after(() => host.close())

const versions: LibraryVersion[] = ['4.16', '4.0']
// All before the first test: the runner takes the file for done when no test is left and none has been added.
const apps = await Promise.all(versions.map((library) => host.startApp({ fixture: 'http', library })))
for (const [index, library] of versions.entries()) {
  const app = apps[index]!
  describe(`@azure/functions ${library}`, () => {
    describeUrls(app)
    describeRoutes(app)
    describeHeaders(app)
    describeBodies(app, library)
  })
}

type Body = NonNullable<RequestInit['body']>

interface Echo {
  readonly method: string
  readonly url: string
  readonly headers: Record<string, string>
  readonly query: [string, string][]
  readonly params: Record<string, string>
  readonly hasBody: boolean
  readonly body: string
}

function describeUrls(app: AppUnderTest): void {
  const echo = async (path: string) => (await send(`${app.url}/api/echo${path}`)).json as Echo

  test('the URL is absolute, as the client wrote it', async () => {
    const { url } = await echo('/a%20b/c?x=1&y=%C3%A9')
    assert.equal(url, `${app.url}/api/echo/a%20b/c?x=1&y=%C3%A9`)
  })

  test('the Host header decides the host of the URL', async () => {
    const answer = await send(`${app.url}/api/echo/x`, { headers: { host: 'example.com' } })
    assert.equal((answer.json as Echo).url, 'http://example.com/api/echo/x')
  })

  test('a query is decoded, and the values of a repeated name are joined', async () => {
    const { query } = await echo('/x?name=A+B%21&dupe=1&dupe=2&empty=&flag')
    assert.deepEqual(query, [
      ['name', 'A B!'],
      ['dupe', '1,2'],
      ['empty', ''],
      ['flag', ''],
    ])
  })

  test('the case of names in the query is kept', async () => {
    assert.deepEqual((await echo('/x?UserName=1')).query, [['UserName', '1']])
  })
}

function describeRoutes(app: AppUnderTest): void {
  const at = async (path: string, method = 'GET') => {
    const answer = await send(`${app.url}/api/${path}`, { method })
    return answer.status === 200 && answer.text ? answer.json : answer.status
  }
  const matched = (name: string, params: Record<string, string>, method = 'GET') => ({ name, method, params })

  test('a function without a route answers at its name, whatever its case', async () => {
    assert.deepEqual(await at('NAMED'), matched('named', {}))
    assert.deepEqual(await at('named/'), matched('named', {}))
  })

  test('constraints decide between functions, and a value that fits none is not found', async () => {
    assert.deepEqual(await at('items/12'), matched('item', { id: '12' }))
    assert.deepEqual(await at('items/twelve'), matched('itemByName', { name: 'twelve' }))
    assert.equal(await at('items/12th'), 404)
    assert.deepEqual(await at('range/5'), matched('range', { n: '5' }))
    assert.equal(await at('range/6'), 404)
    assert.equal(await at('guid/no'), 404)
  })

  test('an optional parameter may be absent, and a default takes its place', async () => {
    assert.deepEqual(await at('optional/a/b'), matched('optional', { first: 'a', second: 'b' }))
    assert.deepEqual(await at('optional/a'), matched('optional', { first: 'a' }))
    assert.equal(await at('optional'), 404)
    assert.deepEqual(await at('pages'), matched('defaulted', { page: 'one' }))
  })

  test('a catch-all takes the rest of the path, slashes included', async () => {
    assert.deepEqual(await at('all/a/b/c'), matched('everything', { rest: 'a/b/c' }))
    assert.deepEqual(await at('all'), matched('everything', {}))
  })

  test('a segment may hold text and parameters', async () => {
    assert.deepEqual(
      await at('files/report.final.pdf'),
      matched('file', { name: 'report.final', extension: 'pdf' }),
    )
  })

  test('values of a route are decoded and keep their case', async () => {
    assert.deepEqual(await at('optional/Caf%C3%A9%20X'), matched('optional', { first: 'Café X' }))
  })

  test('of two functions that match, the first by name answers', async () => {
    assert.deepEqual(await at('twice/fixed'), matched('aFirst', { x: 'fixed' }))
  })

  test('methods are part of the match', async () => {
    assert.deepEqual(await at('verbs', 'PUT'), matched('putOnly', {}, 'PUT'))
    assert.deepEqual(await at('verbs', 'DELETE'), matched('deleteOnly', {}, 'DELETE'))
    assert.equal(await at('verbs', 'GET'), 404)
    assert.equal(await at('named', 'HEAD'), 404)
    assert.equal(await at('named', 'OPTIONS'), 404)
    assert.equal(await at('named', 'PUT'), 404)
  })

  test('every method that a function lists reaches it', async () => {
    for (const method of ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])
      assert.deepEqual(await at('any', method), matched('anyVerb', {}, method))
  })

  test('HEAD gets the headers of the answer without its body', async () => {
    const answer = await send(`${app.url}/api/any`, { method: 'HEAD' })
    assert.equal(answer.status, 200)
    assert.equal(answer.headers['content-type'], 'application/json')
    assert.equal(answer.body.length, 0)
  })

  test('what no function answers is 404 with an empty body', async () => {
    const answer = await send(`${app.url}/api/nobody`)
    assert.deepEqual([answer.status, answer.text], [404, ''])
  })
}

function describeHeaders(app: AppUnderTest): void {
  const url = `${app.url}/api/echo/x`

  test('a function sees the headers that were sent and no others', async () => {
    const sent = { host: 'example.com', 'User-Agent': 'test', 'X-Custom': 'Value', connection: 'close' }
    const { headers } = (await send(url, { headers: sent })).json as Echo
    assert.deepEqual(headers, {
      host: 'example.com',
      'user-agent': 'test',
      'x-custom': 'Value',
      connection: 'close',
    })
  })

  test('the values of a repeated header are joined', async () => {
    const sent = ['host', 'h', 'X-List', 'one', 'x-list', 'two', 'Accept', 'a/b', 'accept', 'c/d']
    const { headers } = (await send(url, { headers: sent })).json as Echo
    assert.equal(headers['x-list']?.replace(', ', ','), 'one,two')
    assert.equal(headers.accept?.replace(', ', ','), 'a/b,c/d')
  })

  test('cookies arrive in one header', async () => {
    const sent = ['host', 'h', 'cookie', 'a=1', 'cookie', 'b=2']
    const { headers } = (await send(url, { headers: sent })).json as Echo
    assert.equal(headers.cookie, 'a=1; b=2')
  })

  test('the principal of Easy Auth is the user', async () => {
    const principal = { identityProvider: 'aad', userId: '7', userDetails: 'ann', userRoles: ['reader'] }
    const header = Buffer.from(JSON.stringify(principal)).toString('base64')
    const { user } = (await send(url, { headers: { 'x-ms-client-principal': header } })).json as {
      user: Record<string, unknown>
    }
    assert.equal(user.username, 'ann')
  })
}

function describeBodies(app: AppUnderTest, library: LibraryVersion): void {
  const read = async (as: string, body: Body, headers?: Record<string, string>) => {
    const response = await app.fetch(`read/${as}?q=7`, { method: 'POST', body, headers })
    assert.equal(response.status, 200)
    return ((await response.json()) as { value: unknown }).value
  }

  test('text arrives in any script', async () => {
    assert.equal(await read('text', 'Grüße, 世界 🌍'), 'Grüße, 世界 🌍')
  })

  test('JSON is parsed', async () => {
    assert.deepEqual(await read('json', '{"a":[1,null,"é"]}'), { a: [1, null, 'é'] })
  })

  test('bytes arrive as they are', async () => {
    assert.deepEqual(await read('bytes', new Uint8Array([0, 128, 255, 10, 13])), [0, 128, 255, 10, 13])
  })

  test('a blob has the type of the request', async () => {
    const blob = await read('blob', 'abc', { 'content-type': 'text/csv' })
    assert.deepEqual(blob, { size: 3, type: 'text/csv', text: 'abc' })
  })

  test('a multipart form has its fields and files', async () => {
    const form = new FormData()
    form.append('title', 'Grüße')
    form.append('upload', new Blob([new Uint8Array([0, 255])], { type: 'image/png' }), 'a b.png')
    assert.deepEqual(await read('form', form), [
      { name: 'title', value: 'Grüße' },
      { name: 'upload', file: 'a b.png', type: 'image/png', bytes: [0, 255] },
    ])
  })

  test('a form in the URL encoding has its fields', async () => {
    assert.deepEqual(await read('form', new URLSearchParams({ a: '1', b: 'x y&z' })), [
      { name: 'a', value: '1' },
      { name: 'b', value: 'x y&z' },
    ])
  })

  test('the body can be read as a stream', async () => {
    assert.equal(await read('stream', 'in pieces'), 'in pieces')
  })

  test('a body can be read once', async () => {
    const { first, usedBetween, second } = (await read('twice', 'once')) as Record<string, string>
    assert.deepEqual([first, usedBetween], ['once', true])
    assert.match(second!, /^TypeError: Body is unusable/)
  })

  test('a request without a body has none', async () => {
    const { hasBody, body } = (await send(`${app.url}/api/echo/x`, { method: 'POST' })).json as Echo
    assert.deepEqual([hasBody, body], [false, ''])
  })

  test('a chunked body arrives whole', async () => {
    const body = ['one ', 'two ', 'three']
    const answer = await send(`${app.url}/api/mirror`, { method: 'POST', body })
    assert.equal(answer.text, 'one two three')
  })

  test('10 MB go both ways unchanged', async () => {
    const body = randomBytes(10_000_000)
    const answer = await send(`${app.url}/api/mirror`, { method: 'POST', body })
    assert.ok(answer.body.equals(body))
  })

  test('JSON that is none fails the invocation with 500 and an empty body', async () => {
    const response = await app.fetch('fail/json', { method: 'POST', body: '{"a":' })
    assert.deepEqual([response.status, await response.text()], [500, ''])
    const { error } = await app.log.find(/Executed 'Functions.fail' \(Failed/)
    assert.match(error!.message, /JSON/)
  })
  if (library === '4.0') describeOldLibrary(app)
  else describeNewLibrary(app, read)
}

/** The library refuses what the Fetch standard forbids, and so it was on Azure. */
function describeOldLibrary(app: AppUnderTest): void {
  test('a body with GET fails the invocation', async () => {
    const request = { headers: { 'content-length': 7 }, body: 'ignored' }
    assert.equal((await send(`${app.url}/api/echo/x`, request)).status, 500)
  })
}

function describeNewLibrary(app: AppUnderTest, read: (as: string, body: Body) => Promise<unknown>): void {
  test('a body with GET is dropped with a warning', async () => {
    const request = { headers: { 'content-length': 7 }, body: 'ignored' }
    const { hasBody } = (await send(`${app.url}/api/echo/x`, request)).json as Echo
    assert.equal(hasBody, false)
    const { level } = await app.log.find('Discarding the body of the incoming GET request')
    assert.equal(level, 'warning')
  })

  test('a clone has its own body and the same facts', async () => {
    assert.deepEqual(await read('clone', '{"a":1}'), {
      one: '{"a":1}',
      other: { a: 1 },
      params: { as: 'clone' },
      query: '7',
      url: true,
    })
  })
}
