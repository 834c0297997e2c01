import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type AdminFixture, startAdmin } from './fixture.ts'

/** Lines as they arrive. */
async function follow({ url, keys }: AdminFixture, query = '') {
  const response = await fetch(`${url}/admin/logstream${query}`, {
    headers: { 'x-functions-key': keys.masterKey },
  })
  let text = ''
  const chunks = response.body!.pipeThrough(new TextDecoderStream())[Symbol.asyncIterator]()
  const line = async (): Promise<string | undefined> => {
    while (!text.includes('\n')) {
      const { value, done } = await chunks.next()
      if (done) return undefined
      text += value
    }
    const end = text.indexOf('\n')
    const first = text.slice(0, end)
    text = text.slice(end + 1)
    return first
  }
  return { response, line, welcome: await line() }
}

test('lines are shown as they are written, each with its time and level', async () => {
  await using admin = await startAdmin()
  const { response, line, welcome } = await follow(admin)
  assert.equal(response.headers.get('content-type'), 'text/plain; charset=utf-8')
  assert.equal(response.headers.get('x-aloft-app'), 'shop')
  assert.match(welcome!, /Z {2}Welcome, you are now connected to log-streaming service\.$/)
  admin.log.info('one\ntwo')
  admin.log.error('bad', Object.assign(new Error('x'), { stack: 'Error: x\n    at here' }))
  for (const expected of ['[Information] one', '[Information] two', '[Error] bad', '[Error] Error: x'])
    assert.match((await line())!, new RegExp(`^\\d{4}-.*Z ${expected.replace('[', '\\[')}$`))
  await admin.target.logStream.close()
})

test('levels are those of host.json, unless the follower has another wish', async () => {
  await using admin = await startAdmin()
  const usual = await follow(admin)
  const loud = await follow(admin, '?level=Error')
  admin.log.debug('nobody')
  admin.log.child('Function.Orders.User').debug('detail')
  admin.log.error('bad')
  assert.match((await usual.line())!, /\[Debug\] detail$/)
  assert.match((await usual.line())!, /\[Error\] bad$/)
  assert.match((await loud.line())!, /\[Error\] bad$/)
  await admin.target.logStream.close()
})

test('one function can be followed alone', async () => {
  await using admin = await startAdmin()
  const { line } = await follow(admin, '?function=orders')
  admin.log.child('Function.nightly.User').info('other')
  admin.log.info('the host')
  admin.log.child('Function.Orders').info('begins')
  admin.log.child('Host.Triggers.http', { function: 'Orders' }).info('triggered')
  assert.match((await line())!, /begins$/)
  assert.match((await line())!, /triggered$/)
  await admin.target.logStream.close()
})

test('as JSON there is an object a line', async () => {
  await using admin = await startAdmin()
  const { response, line, welcome } = await follow(admin, '?format=json')
  assert.equal(response.headers.get('content-type'), 'application/x-ndjson')
  assert.equal(welcome, '')
  admin.log.info('hello', { function: 'Orders' })
  const { level, category, message, fields } = JSON.parse((await line())!)
  assert.deepEqual(
    { level, category, message, fields },
    {
      level: 'Information',
      category: 'Host',
      message: 'hello',
      fields: { function: 'Orders' },
    },
  )
  await admin.target.logStream.close()
})

test('when nothing happens there is a sign of life every minute', async () => {
  await using admin = await startAdmin()
  const { line } = await follow(admin)
  await admin.clock.advance(60_000)
  await admin.clock.advance(60_100)
  assert.match((await line())!, /No new trace in the past 1 min\(s\)\.$/)
  await admin.target.logStream.close()
})

test('the stream ends with the app, and nobody makes records for followers who have gone', async () => {
  await using admin = await startAdmin()
  const { logStream } = admin.target
  assert.equal(logStream.isEnabled('critical', 'Host'), false)
  const { line } = await follow(admin)
  assert.equal(logStream.isEnabled('critical', 'Host'), true)
  await logStream.close()
  assert.equal(await line(), undefined)
  while (logStream.isEnabled('critical', 'Host')) await new Promise((retry) => setImmediate(retry))
})

test('the stream is for the owner, and its options are checked', async () => {
  await using admin = await startAdmin()
  assert.equal((await fetch(`${admin.url}/admin/logstream`)).status, 401)
  assert.deepEqual(await admin.ask('GET', '/admin/logstream?level=loud'), [400, "'loud' is not a log level."])
  assert.deepEqual(await admin.ask('GET', '/admin/logstream?format=xml'), [
    400,
    'The format is text or json.',
  ])
})
