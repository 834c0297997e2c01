/** What becomes of what a function returns, with the newest and the oldest library of the v4 model. */
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { type AppUnderTest, HostUnderTest, type LibraryVersion } from './app-under-test.ts'
import { type RawResponse, send } from './raw-http.ts'

const textType = 'text/plain;charset=UTF-8'

const host = await HostUnderTest.open()
after(() => host.close())

const versions: LibraryVersion[] = ['4.16', '4.0']
// All before the first test: the runner takes the file for done when no test is left and none has been added.
const apps = await Promise.all(versions.map((library) => host.startApp({ fixture: 'http', library })))
for (const [index, library] of versions.entries()) {
  const app = apps[index]!
  const respond = (kind: string) => send(`${app.url}/api/respond/${kind}`)
  describe(`@azure/functions ${library}`, () => {
    describeBodies(respond)
    describeStatuses(app, respond)
    describeHeaders(respond)
    describeFailures(app)
    if (library !== '4.0') describeNewLibrary(app, respond)
  })
}

type Respond = (kind: string) => Promise<RawResponse>

function describeBodies(respond: Respond): void {
  /** Status, content type and text of the answer. */
  const parts = async (kind: string) => {
    const { status, headers, text } = await respond(kind)
    return [status, headers['content-type'], text]
  }

  test('text is sent as UTF-8 text', async () => {
    assert.deepEqual(await parts('text'), [200, textType, 'plain text'])
    assert.deepEqual(await parts('emptyText'), [200, textType, ''])
    assert.deepEqual(await parts('unicode'), [200, textType, 'Grüße, 世界 🌍'])
  })

  test('a jsonBody is sent as compact JSON', async () => {
    const deep = '{"a":1,"deep":{"list":[1,"two",null]}}'
    assert.deepEqual(await parts('json'), [200, 'application/json', deep])
    assert.deepEqual(await parts('jsonScalar'), [200, 'application/json', '42'])
    assert.deepEqual(await parts('jsonFalse'), [200, 'application/json', 'false'])
    assert.deepEqual(await parts('jsonNull'), [200, undefined, ''])
    assert.deepEqual(await parts('jsonWithType'), [200, 'application/problem+json', '{"a":1}'])
  })

  test('an object as body is text, as the Fetch standard has it', async () => {
    assert.deepEqual(await parts('objectBody'), [200, textType, '[object Object]'])
  })

  test('bytes in any container are sent as they are, without a content type', async () => {
    for (const kind of ['buffer', 'bytes', 'part', 'arrayBuffer']) {
      const { status, headers, body } = await respond(kind)
      assert.deepEqual(
        [kind, status, headers['content-type'], [...body]],
        [kind, 200, undefined, [0, 1, 254, 255]],
      )
    }
  })

  test('forms are sent in their encoding', async () => {
    assert.deepEqual(await parts('params'), [
      200,
      'application/x-www-form-urlencoded;charset=UTF-8',
      'a=1&b=x+y',
    ])
  })

  test('a large body arrives whole', async () => {
    const { headers, text } = await respond('largeText')
    assert.deepEqual([headers['content-length'], text.length], ['300000', 300_000])
  })
}

function describeStatuses(app: AppUnderTest, respond: Respond): void {
  test('a response without anything is 200 and empty', async () => {
    const { status, headers, text } = await respond('empty')
    assert.deepEqual([status, headers['content-length'], text], [200, '0', ''])
  })

  test('a status is sent', async () => {
    assert.equal((await respond('status')).status, 418)
  })

  test('undefined and null are 204', async () => {
    for (const kind of ['undefined', 'null']) {
      const { status, headers, text } = await respond(kind)
      assert.deepEqual([status, headers['content-length'], text], [204, undefined, ''])
    }
  })

  test('a redirect is left to the client', async () => {
    const { status, headers } = await respond('redirect')
    assert.deepEqual([status, headers.location], [302, '/elsewhere'])
  })

  test('HEAD gets the length of the body that it does not get', async () => {
    const { status, headers, text } = await send(`${app.url}/api/respond/text`, { method: 'HEAD' })
    assert.deepEqual([status, headers['content-length'], text], [200, '10', ''])
  })
}

function describeHeaders(respond: Respond): void {
  test('headers are sent, whatever gave them', async () => {
    const { headers } = await respond('headers')
    assert.deepEqual([headers['x-mixed-case'], headers['x-empty'], headers['x-latin']], ['Value', '', 'é'])
    assert.equal((await respond('headersObject')).headers['x-a'], '1')
    assert.equal((await respond('headersList')).headers['x-a'], '1, 2')
  })

  test('the length and the framing of the answer are not the function’s to say', async () => {
    const { headers, text } = await respond('withLength')
    assert.deepEqual([headers['content-length'], headers['transfer-encoding'], text], ['3', undefined, 'abc'])
  })

  test('a Set-Cookie header is sent as it is', async () => {
    assert.deepEqual((await respond('setCookieHeader')).headers['set-cookie'], ['raw=1; Path=/'])
  })

  test('a cookie has the path / unless it says otherwise', async () => {
    assert.deepEqual((await respond('cookie')).headers['set-cookie'], ['plain=1; path=/'])
  })

  test('cookies keep every attribute, each in a header of its own', async () => {
    assert.deepEqual((await respond('cookies')).headers['set-cookie'], [
      'full=a%20b%3Dc; expires=Wed, 02 Jan 2030 03:04:05 GMT; max-age=3600; domain=example.com; path=/docs; ' +
        'secure; samesite=strict; httponly',
      'none=2; path=/; samesite=none',
    ])
    assert.deepEqual((await respond('lax')).headers['set-cookie'], ['lax=3; path=/; samesite=lax'])
    assert.deepEqual((await respond('expiresDate')).headers['set-cookie'], [
      'd=4; expires=Tue, 06 May 2031 00:00:00 GMT; path=/',
    ])
  })
}

function describeFailures(app: AppUnderTest): void {
  const failures: readonly (readonly [how: string, message: RegExp, said: string])[] = [
    ['sync', /^thrown at once$/, 'an error thrown at once'],
    ['async', /^thrown later$/, 'a rejection'],
    ['string', /^only text$/, 'a rejection with text'],
    ['object', /"code":7/, 'a rejection with an object'],
  ]
  for (const [how, message, said] of failures) {
    test(`${said} is 500 with an empty body, and the log has it`, async () => {
      const { status, text } = await send(`${app.url}/api/fail/${how}`)
      assert.deepEqual([status, text], [500, ''])
      const { level } = await app.log.find(
        (record) => record.category === 'Function.fail' && message.test(record.error?.message ?? ''),
      )
      assert.equal(level, 'error')
    })
  }

  test('the stack of an error names the file of the app', async () => {
    await send(`${app.url}/api/fail/sync`)
    const { error } = await app.log.find(({ error }) => error?.message === 'thrown at once')
    assert.match(error!.stack!, /src\/response\.js:\d+:\d+/)
  })

  for (const kind of ['number', 'string', 'boolean']) {
    test(`a ${kind} is no response: 500, with the rule in the log`, async () => {
      assert.equal((await send(`${app.url}/api/respond/${kind}`)).status, 500)
      await app.log.find('The HTTP response must be an object with optional properties')
    })
  }

  test('a status or a header that HTTP does not have is 500', async () => {
    assert.equal((await send(`${app.url}/api/respond/badStatus`)).status, 500)
    assert.equal((await send(`${app.url}/api/respond/badHeader`)).status, 500)
  })
}

/** What the library of 4.0 did not have, or did differently. */
function describeNewLibrary(app: AppUnderTest, respond: Respond): void {
  test('an HttpResponse is sent as it was made', async () => {
    const { status, headers, text } = await respond('instance')
    assert.deepEqual([status, headers['x-made'], text], [201, 'yes', 'made'])
  })

  test('the headers of an HttpResponse can be changed afterwards', async () => {
    const { headers } = await respond('instanceChanged')
    assert.deepEqual([headers['x-list'], headers['content-type']], ['one, two', 'text/x-own'])
  })

  test('a clone of an HttpResponse is one', async () => {
    const { status, text } = await respond('instanceClone')
    assert.deepEqual([status, text], [202, 'copied'])
  })

  test('a stream is sent whole', async () => {
    const { headers, text } = await respond('stream')
    assert.deepEqual([headers['content-type'], text], [undefined, 'one two'])
  })

  test('a blob and a form of the platform are sent in their type', async () => {
    const { headers, text } = await respond('blob')
    assert.deepEqual([headers['content-type'], text], ['text/x-blob', 'from a blob'])
    const form = await app.fetch('respond/form')
    assert.deepEqual([...(await form.formData())], [['field', 'value']])
  })

  test('a Response of the web is sent as it is, also one that was fetched', async () => {
    const web = await respond('webResponse')
    assert.deepEqual([web.status, web.headers['x-web'], web.text], [203, 'yes', 'of the web'])
    const json = await respond('webJson')
    assert.deepEqual(
      [json.status, json.headers['content-type'], json.json],
      [201, 'application/json', { a: 1 }],
    )
    const fetched = await respond('fetched')
    assert.deepEqual(
      [fetched.status, fetched.headers['content-type'], fetched.text],
      [200, 'text/x-fetched', 'fetched'],
    )
  })

  test('a stream of Node is sent whole', async () => {
    assert.equal((await respond('nodeStream')).text, 'from Node')
  })

  test('a stream that breaks and JSON that cannot be written are 500', async () => {
    assert.equal((await respond('failingStream')).status, 500)
    assert.equal((await respond('circular')).status, 500)
  })

  test('204, 205 and 304 have no body', async () => {
    const answers = await Promise.all(['noContent', 'resetContent', 'notModified'].map(respond))
    assert.deepEqual(
      answers.map(({ status, text }) => [status, text]),
      [
        [204, ''],
        [205, ''],
        [304, ''],
      ],
    )
    assert.equal(answers[2]?.headers.etag, '"1"')
  })
}
