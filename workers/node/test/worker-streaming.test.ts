/** HTTP streaming: the library takes the request itself, on a port that it names in the capabilities. */
import assert from 'node:assert/strict'
import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { started } from './worker-process.ts'

test('an app with streaming names its address and its own capabilities', async () => {
  await using app = await started('streaming')
  const { capabilities } = app.initialized
  assert.match(capabilities.HttpUri ?? '', /^http:\/\/localhost:\d+\/$/)
  assert.equal(capabilities.Mine, '1')
  assert.equal(capabilities.RpcHttpBodyOnly, 'true')
})

test('a streamed request meets its invocation, whichever comes first', async () => {
  await using app = await started('streaming')
  for (const isRequestFirst of [true, false]) {
    const id = `stream-${isRequestFirst}`
    const invoke = () =>
      app.run(
        'upper',
        { http: {} },
        {
          invocationId: id,
          triggerMetadata: { id: { string: '7' }, Headers: { json: '{"x-own":"1"}' }, Query: { json: '{}' } },
        },
      )
    const send = () => forward(new URL('/api/upper?a=1', app.initialized.capabilities.HttpUri), id)
    const [first, second] = isRequestFirst ? [send(), invoke()] : [invoke(), send()]
    const [result, answer] = isRequestFirst ? [await second, await first] : [await first, await second]
    assert.deepEqual(
      [(result as { error?: unknown }).error, (result as { returnValue?: unknown }).returnValue],
      [undefined, undefined],
    )
    assert.deepEqual(answer, {
      status: 202,
      body: 'ONETWO',
      url: 'http://example.org/api/upper?a=1',
      own: '1',
      id: '7',
    })
  }
})

/** As the host forwards a request to the worker. */
function forward(url: URL, invocationId: string): Promise<object> {
  return new Promise((resolve, reject) => {
    const headers = {
      'x-ms-invocation-id': invocationId,
      'x-forwarded-host': 'example.org',
      'x-forwarded-proto': 'http',
    }
    const outgoing = request(url, { method: 'POST', headers }, async (answer) => {
      const { statusCode: status, headers: given } = answer
      resolve({
        status,
        body: await text(answer),
        url: given['x-url'],
        own: given['x-own'],
        id: given['x-id'],
      })
    })
    outgoing.on('error', reject)
    outgoing.write('one')
    outgoing.end('two')
  })
}
