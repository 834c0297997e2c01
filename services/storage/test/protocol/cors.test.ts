import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BlobServiceClient } from '@azure/storage-blob'
import type { CorsRule } from '../../src/contracts.ts'
import { exposedHeaders, findCorsRule, findPreflightRule } from '../../src/protocol/cors-rules.ts'
import { openFront } from './open-front.ts'
import { send } from './raw-client.ts'
import { blobCredential, once } from './sdk-clients.ts'

const rules: readonly CorsRule[] = [
  {
    allowedOrigins: ['https://a.example'],
    allowedMethods: ['GET', 'PUT'],
    allowedHeaders: ['x-ms-*', 'Content-Type'],
    exposedHeaders: ['x-ms-meta-*', 'ETag'],
    maxAgeSeconds: 60,
  },
  {
    allowedOrigins: ['https://*.wide.example'],
    allowedMethods: ['GET'],
    allowedHeaders: ['*'],
    exposedHeaders: [],
    maxAgeSeconds: 5,
  },
]

const path = '/devstoreaccount1/box/file'

async function frontWithRules(t: Parameters<typeof openFront>[0], origins: string) {
  const opened = await openFront(t, { publicAccess: 'container' })
  const client = new BlobServiceClient(opened.url, blobCredential, once)
  const rule = {
    allowedOrigins: origins,
    allowedMethods: 'GET,PUT',
    allowedHeaders: 'x-ms-*',
    exposedHeaders: 'x-ms-*,etag',
    maxAgeInSeconds: 60,
  }
  await client.setProperties({ cors: [rule] })
  return opened
}

test('a preflight is answered by the first rule that allows all that it asks for', async (t) => {
  const { port } = await frontWithRules(t, 'https://a.example')
  const headers = {
    Origin: 'https://a.example',
    'Access-Control-Request-Method': 'PUT',
    'Access-Control-Request-Headers': 'x-ms-version, X-Ms-Date',
  }
  const answer = await send(port, { method: 'OPTIONS', path, headers })
  assert.equal(answer.status, 200)
  assert.equal(answer.headers['access-control-allow-origin'], 'https://a.example')
  assert.equal(answer.headers['access-control-allow-methods'], 'PUT')
  assert.equal(answer.headers['access-control-allow-headers'], 'x-ms-version, X-Ms-Date')
  assert.equal(answer.headers['access-control-max-age'], '60')
  assert.equal(answer.headers['access-control-allow-credentials'], 'true')
  const refused = await send(port, {
    method: 'OPTIONS',
    path,
    headers: { ...headers, 'Access-Control-Request-Headers': 'authorization' },
  })
  assert.deepEqual([refused.status, refused.headers['x-ms-error-code']], [403, 'CorsPreflightFailure'])
})

test('a preflight without its headers is refused', async (t) => {
  const { port } = await openFront(t)
  for (const headers of [{ Origin: 'https://a.example' }, { 'Access-Control-Request-Method': 'GET' }]) {
    const { status, body } = await send(port, { method: 'OPTIONS', path, headers })
    assert.equal(status, 400)
    assert.match(body, /<Code>InvalidHeaderValue<\/Code><Message>A required CORS header is not present\./)
  }
})

test('the answer to a browser names its origin and what it may see', async (t) => {
  const { port } = await frontWithRules(t, 'https://a.example')
  const { headers } = await send(port, { path, headers: { Origin: 'https://a.example' } })
  assert.equal(headers['access-control-allow-origin'], 'https://a.example')
  assert.equal(headers['access-control-allow-credentials'], 'true')
  assert.equal(headers.vary, 'Origin')
  const exposed = String(headers['access-control-expose-headers']).split(',')
  assert.ok(exposed.includes('etag') && exposed.includes('x-ms-request-id') && exposed.includes('x-ms-seen'))
})

test('an answer for everybody does not vary', async (t) => {
  const { port } = await frontWithRules(t, '*')
  const { headers } = await send(port, { path, headers: { Origin: 'https://b.example' } })
  assert.equal(headers['access-control-allow-origin'], '*')
  assert.equal(headers.vary, undefined)
})

test('an answer to an origin without a rule only says that it varies', async (t) => {
  const { port } = await frontWithRules(t, 'https://a.example')
  const { headers } = await send(port, { path, headers: { Origin: 'https://b.example' } })
  assert.equal(headers['access-control-allow-origin'], undefined)
  assert.equal(headers.vary, 'Origin')
})

test('an error is shown to browsers too', async (t) => {
  const { port } = await frontWithRules(t, '*')
  const headers = { Origin: 'https://b.example', Authorization: 'Nonsense' }
  const answer = await send(port, { path, headers })
  assert.equal(answer.status, 400)
  assert.equal(answer.headers['access-control-allow-origin'], '*')
})

test('origins may have a wildcard for what stands before their domain', () => {
  assert.equal(findCorsRule(rules, 'https://x.wide.example', 'GET'), rules[1])
  assert.equal(findCorsRule(rules, 'https://wide.example', 'GET'), undefined)
  assert.equal(findCorsRule(rules, 'https://x.wide.example.net', 'GET'), undefined)
})

test('headers are allowed by name or by what they begin with', () => {
  const asked = { origin: 'https://a.example', method: 'GET' }
  assert.equal(findPreflightRule(rules, { ...asked, headers: 'X-MS-ANY, content-type' }), rules[0])
  assert.equal(findPreflightRule(rules, { ...asked, headers: 'x-other' }), undefined)
  assert.equal(findPreflightRule(rules, { ...asked, headers: undefined }), rules[0])
})

test('a prefix exposes the headers that the answer has', () => {
  assert.equal(
    exposedHeaders(rules[0]!, ['x-ms-meta-a', 'X-Ms-Meta-B', 'Date']),
    'ETag,x-ms-meta-a,X-Ms-Meta-B',
  )
})
