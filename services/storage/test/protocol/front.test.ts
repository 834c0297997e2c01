import assert from 'node:assert/strict'
import { once as nextEvent } from 'node:events'
import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { test } from 'node:test'
import {
  AccountSASPermissions,
  BlobSASPermissions,
  BlobServiceClient,
  generateAccountSASQueryParameters,
  generateBlobSASQueryParameters,
  StorageSharedKeyCredential,
} from '@azure/storage-blob'
import type { Operation } from '../../src/contracts.ts'
import { openFront } from './open-front.ts'
import { send, sendBytes } from './raw-client.ts'
import { blobCredential, once } from './sdk-clients.ts'

const open = { publicAccess: 'container' } as const
const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000)

function sasFor(blobName: string): string {
  return generateBlobSASQueryParameters(
    { containerName: 'box', blobName, expiresOn: inHours(1), permissions: BlobSASPermissions.parse('r') },
    blobCredential,
  ).toString()
}

test('every answer says who gives it and repeats what the client called it', async (t) => {
  const { port } = await openFront(t, open)
  for (const [method, Connection] of [
    ['GET', 'keep-alive'],
    ['PUT', 'keep-alive'],
    ['GET', 'close'],
    ['DELETE', 'close'],
  ]) {
    const { headers } = await send(port, {
      method,
      path: '/devstoreaccount1/box/file',
      headers: { 'x-ms-client-request-id': 'mine', 'x-ms-version': '2031-01-01', Connection },
    })
    assert.match(String(headers['x-ms-request-id']), /^[0-9a-f-]{36}$/)
    assert.equal(headers['x-ms-version'], '2031-01-01')
    assert.equal(headers['x-ms-client-request-id'], 'mine')
    assert.match(String(headers.date), / GMT$/)
    assert.match(String(headers.server), /Blob/)
  }
})

test('who asks for the Data Lake endpoint is told that there is none', async (t) => {
  const { port } = await openFront(t, open)
  for (const [path, host] of [
    ['/box/file', 'devstoreaccount1.dfs.localhost'],
    ['/box?resource=filesystem', 'devstoreaccount1.blob.localhost'],
    ['/devstoreaccount1/box/folder?resource=directory', '127.0.0.1'],
  ] as const) {
    const { status, headers, body } = await send(port, { method: 'PUT', path, headers: { host } })
    assert.deepEqual([status, headers['x-ms-error-code']], [501, 'NotImplemented'], path)
    assert.match(JSON.parse(body).error.message, /Data Lake/)
  }
  const path = '/devstoreaccount1/box/file?resource=other'
  assert.equal((await send(port, { path, headers: { host: 'files.dfs.example.com' } })).status, 200)
})

test('a client request id that cannot be repeated is left out', async (t) => {
  const { port } = await openFront(t, open)
  const path = '/devstoreaccount1/box/file'
  const { headers } = await send(port, { path, headers: { 'x-ms-client-request-id': 'x'.repeat(1025) } })
  assert.equal(headers['x-ms-client-request-id'], undefined)
})

test('a version that is no date, or from before there were versions, is refused', async (t) => {
  const { port } = await openFront(t, open)
  for (const version of ['latest', '2009-01-01', '2021-13-45']) {
    const path = '/devstoreaccount1/box/file'
    const { status, headers, body } = await send(port, { path, headers: { 'x-ms-version': version } })
    assert.equal(status, 400)
    assert.equal(headers['x-ms-error-code'], 'InvalidHeaderValue')
    assert.match(body, new RegExp(`<HeaderValue>${version}</HeaderValue>`))
  }
})

test('an account is named by the path, or by the host', async (t) => {
  const { port, accounts } = await openFront(t, open)
  await accounts.create('other1')
  const seen = async (host: string, path: string) =>
    JSON.parse((await send(port, { path, headers: { Host: host } })).body)
  for (const [host, path, account, isSecondary, endpoint] of [
    ['127.0.0.1:10000', '/other1/box/a%20b', 'other1', false, 'http://127.0.0.1:10000/other1'],
    ['localhost', '/other1-secondary/box/a%20b', 'other1', true, 'http://localhost/other1-secondary'],
    ['other1.blob.localhost:10000', '/box/a%20b', 'other1', false, 'http://other1.blob.localhost:10000'],
    [
      'other1-secondary.blob.localhost',
      '/box/a%20b',
      'other1',
      true,
      'http://other1-secondary.blob.localhost',
    ],
    [
      'storage.internal.example',
      '/devstoreaccount1/box/a%20b',
      'devstoreaccount1',
      false,
      'http://storage.internal.example/devstoreaccount1',
    ],
  ] as const) {
    const request = await seen(host, path)
    const { path: rest, ...named } = request
    assert.equal(rest, '/box/a%20b')
    assert.deepEqual([named.account, named.isSecondary, named.endpoint], [account, isSecondary, endpoint])
  }
})

test('a request for no account or an unknown one is refused in XML by every service', async (t) => {
  const blob = await openFront(t)
  const missing = await send(blob.port, { path: '/nobody/box' })
  assert.equal(missing.status, 404)
  assert.match(missing.body, /^<\?xml version="1.0" encoding="utf-8"\?><Error><Code>ResourceNotFound<\/Code>/)
  assert.equal((await send(blob.port, { path: '/' })).headers['x-ms-error-code'], 'InvalidUri')
  const table = await openFront(t, { service: 'table' })
  const { body, headers } = await send(table.port, { path: '/nobody/Tables' })
  assert.match(body, /<Code>ResourceNotFound<\/Code>/)
  assert.equal(headers['content-type'], 'application/xml')
})

test('the answer to HEAD has the code of the error and no body', async (t) => {
  const { port } = await openFront(t)
  const { status, headers, body } = await send(port, { method: 'HEAD', path: '/nobody/box' })
  assert.equal(status, 404)
  assert.equal(headers['x-ms-error-code'], 'ResourceNotFound')
  assert.equal(body, '')
})

test('metadata keeps the case of its names', async (t) => {
  const { port } = await openFront(t, open)
  const path = '/devstoreaccount1/box/file'
  const { body } = await send(port, {
    path,
    headers: { 'X-Ms-Meta-FirstName': 'Ada', 'x-ms-meta-b': ['1', '2'] },
  })
  assert.deepEqual(JSON.parse(body).metadata, { FirstName: 'Ada', b: '1,2' })
})

test('metadata that cannot be is refused', async (t) => {
  const { port } = await openFront(t, open)
  for (const [name, value, code] of [
    ['x-ms-meta-a-b', '1', 'InvalidMetadata'],
    ['x-ms-meta-1a', '1', 'InvalidMetadata'],
    ['x-ms-meta-', '1', 'EmptyMetadataKey'],
    ['x-ms-meta-a', 'x'.repeat(8200), 'MetadataTooLarge'],
  ] as const) {
    const answer = await send(port, { path: '/devstoreaccount1/box/file', headers: { [name]: value } })
    assert.equal(answer.headers['x-ms-error-code'], code)
  }
})

test('what is public is read by anybody; of the rest nobody learns whether it is there', async (t) => {
  const path = '/devstoreaccount1/box/file'
  const readable = await openFront(t, { publicAccess: 'blob' })
  assert.equal(JSON.parse((await send(readable.port, { path })).body).identity, 'anonymous')
  const hidden = await openFront(t, { publicAccess: 'none' })
  assert.equal((await send(hidden.port, { path })).headers['x-ms-error-code'], 'ResourceNotFound')
  const write = await send(hidden.port, { path, method: 'PUT' })
  assert.equal(write.status, 401)
  assert.match(String(write.headers['www-authenticate']), /^Bearer authorization_uri=https:.* resource_id=/)
})

test('a SAS may do what its letters say', async (t) => {
  const { port } = await openFront(t)
  const query = sasFor('file')
  const { body } = await send(port, { path: `/devstoreaccount1/box/file?${query}` })
  assert.equal(JSON.parse(body).identity, 'sas')
  for (const [access, code] of [
    [{ resource: 'o', service: 'w' }, 'AuthorizationPermissionMismatch'],
    [{ resource: 'o' }, 'AuthorizationFailure'],
    [{ resource: 'c', service: 'r' }, 'AuthorizationPermissionMismatch'],
  ] as const) {
    const other = await openFront(t, { access })
    const answer = await send(other.port, { path: `/devstoreaccount1/box/file?${query}` })
    assert.deepEqual([answer.status, answer.headers['x-ms-error-code']], [403, code])
  }
})

test('an account SAS must name the service, the kind of resource and the permission', async (t) => {
  const query = (services: string, resourceTypes: string, permissions: string) =>
    generateAccountSASQueryParameters(
      {
        services,
        resourceTypes,
        permissions: AccountSASPermissions.parse(permissions),
        expiresOn: inHours(1),
      },
      blobCredential,
    )
  const { port } = await openFront(t, { access: { resource: 'o', account: 'cw' } })
  for (const [search, code] of [
    [query('b', 'o', 'w'), undefined],
    [query('q', 'o', 'w'), 'AuthorizationServiceMismatch'],
    [query('b', 'sc', 'w'), 'AuthorizationResourceTypeMismatch'],
    [query('b', 'o', 'rd'), 'AuthorizationPermissionMismatch'],
  ] as const) {
    const { headers } = await send(port, { path: `/devstoreaccount1/box/file?${search}` })
    assert.equal(headers['x-ms-error-code'], code)
  }
})

test('a large body goes both ways without being held in memory', async (t) => {
  const size = 40_000_000
  const operation: Operation = {
    name: 'Mirror',
    access: { resource: 'o', anonymous: 'blob' },
    async run(request) {
      return { status: 200, headers: { 'Content-Length': String(size) }, body: request.body() }
    },
  }
  const { port } = await openFront(t, { operation, publicAccess: 'blob' })
  const request = httpRequest({
    host: '127.0.0.1',
    port,
    method: 'PUT',
    path: '/devstoreaccount1/box/file',
    headers: { 'Content-Length': size },
  })
  const answered = nextEvent(request, 'response')
  const chunk = Buffer.alloc(1_000_000, 'x')
  let sent = 0
  const write = () => {
    while (sent < size) {
      sent += chunk.length
      if (!request.write(chunk)) {
        request.once('drain', write)
        return
      }
    }
    request.end()
  }
  write()
  const [response] = await answered
  let received = 0
  for await (const part of response) received += part.length
  assert.equal(received, size)
})

test('HEAD tells the length of what is not sent, also of what would be streamed', async (t) => {
  async function* content() {
    yield Buffer.from('hello')
  }
  const operation: Operation = {
    name: 'Properties',
    access: { resource: 'o', anonymous: 'blob' },
    run: async (request) => ({
      status: 200,
      headers: { 'Content-Length': '5' },
      body: request.query('stream') === undefined ? undefined : content(),
    }),
  }
  const { port } = await openFront(t, { operation, publicAccess: 'blob' })
  for (const Connection of ['keep-alive', 'close'])
    for (const search of ['', '?stream']) {
      const path = `/devstoreaccount1/box/file${search}`
      const { headers, body } = await send(port, { method: 'HEAD', path, headers: { Connection } })
      assert.deepEqual([headers['content-length'], body], ['5', ''])
    }
})

test('what fails in the middle of an answer cuts it off, and is logged', async (t) => {
  async function* content() {
    yield Buffer.from('hello')
    throw new Error('The disk fell off')
  }
  const operation: Operation = {
    name: 'Broken',
    access: { resource: 'o', anonymous: 'blob' },
    run: async () => ({ status: 200, headers: { 'Content-Length': '10' }, body: content() }),
  }
  const { port, faults } = await openFront(t, { operation, publicAccess: 'blob' })
  for (const Connection of ['keep-alive', 'close'])
    await assert.rejects(send(port, { path: '/devstoreaccount1/box/file', headers: { Connection } }))
  assert.deepEqual(
    faults.map(({ error }) => error?.message),
    ['The disk fell off', 'The disk fell off'],
  )
})

test('the server waits for a client that asks first whether it may send', async (t) => {
  const { port } = await openFront(t, open)
  const head = 'PUT /devstoreaccount1/box/file HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n'
  const socket = connect(port, '127.0.0.1')
  socket.write(`${head}Expect: 100-continue\r\nConnection: close\r\n\r\n`)
  const [first] = await nextEvent(socket, 'data')
  assert.match(String(first), /^HTTP\/1\.1 100 /)
  socket.write('hello')
  const rest = []
  for await (const chunk of socket) rest.push(chunk)
  assert.match(Buffer.concat(rest).toString(), /"body":"hello"/)
})

test('a client that leaves in the middle of its body harms nobody', async (t) => {
  const { port, faults } = await openFront(t, open)
  for (let round = 0; round < 5; round++) {
    const socket = connect(port, '127.0.0.1')
    socket.write('PUT /devstoreaccount1/box/file HTTP/1.1\r\nHost: a\r\nContent-Length: 500\r\n\r\nhalf')
    await nextEvent(socket, 'connect')
    socket.resetAndDestroy()
  }
  const { status } = await send(port, { path: '/devstoreaccount1/box/file' })
  assert.equal(status, 200)
  assert.deepEqual(faults, [])
})

test('a client that leaves in the middle of its answer ends what is read for it', async (t) => {
  const { promise: ended, resolve } = Promise.withResolvers<void>()
  async function* endless() {
    try {
      for (;;) yield Buffer.alloc(65_536)
    } finally {
      resolve()
    }
  }
  const operation: Operation = {
    name: 'Endless',
    access: { resource: 'o', anonymous: 'blob' },
    run: async () => ({ status: 200, headers: { 'Content-Length': String(1e12) }, body: endless() }),
  }
  const { port, faults } = await openFront(t, { operation, publicAccess: 'blob' })
  const socket = connect(port, '127.0.0.1')
  socket.write('GET /devstoreaccount1/box/file HTTP/1.1\r\nHost: a\r\n\r\n')
  await nextEvent(socket, 'data')
  socket.destroy()
  await ended
  assert.deepEqual(faults, [])
})

test('a fault of an operation is told as an internal error, and logged', async (t) => {
  const operation: Operation = {
    name: 'Broken',
    access: { resource: 'o', anonymous: 'blob' },
    run: () => Promise.reject(new Error('The disk fell off')),
  }
  const { port, faults } = await openFront(t, { operation, publicAccess: 'blob' })
  const { status, body } = await send(port, { path: '/devstoreaccount1/box/file' })
  assert.equal(status, 500)
  assert.match(body, /<Code>InternalError<\/Code>/)
  assert.doesNotMatch(body, /disk/)
  assert.equal(faults[0]?.error?.message, 'The disk fell off')
})

test('parts of a batch have identities of their own', async (t) => {
  const query = sasFor('file')
  const operation: Operation = {
    name: 'Batch',
    access: { resource: 's', anonymous: 'container' },
    async run(request) {
      if (!request.path.startsWith('/batch')) return { status: 202, body: request.identity.kind }
      const parts = [`/devstoreaccount1/box/file?${query}`, '/devstoreaccount1/box/file', '/nobody/x']
      const answers = await Promise.all(
        parts.map((target) =>
          request.dispatch({ method: 'GET', target, rawHeaders: ['X-Ms-Version', '2021-08-06'] }),
        ),
      )
      const ids = new Set(answers.map(({ headers }) => headers?.['x-ms-request-id']))
      return { status: 200, body: JSON.stringify([ids.size, ...answers.map(({ status }) => status)]) }
    },
  }
  const { port } = await openFront(t, { operation, publicAccess: 'container' })
  const { body } = await send(port, { method: 'POST', path: '/devstoreaccount1/batch' })
  assert.deepEqual(JSON.parse(body), [3, 403, 202, 404])
})

test('what is no HTTP does not get an answer of the service, and does no harm', async (t) => {
  const { port, faults } = await openFront(t, open)
  for (const bytes of [
    '\r\n\r\n',
    'GET\r\n\r\n',
    'MERGE / HTTP/9.9\r\n\r\n',
    '\x16\x03\x01junk',
    'GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n',
  ])
    await sendBytes(port, bytes)
  assert.equal((await send(port, { path: '/devstoreaccount1/box/file' })).status, 200)
  assert.deepEqual(faults, [])
})

test('MERGE is a method like any other', async (t) => {
  const { port } = await openFront(t, open)
  const { body } = await send(port, { method: 'MERGE', path: '/devstoreaccount1/box/file' })
  assert.equal(JSON.parse(body).method, 'MERGE')
})

test('the SDK sees the refusals of the service', async (t) => {
  const { url } = await openFront(t)
  const wrong = new StorageSharedKeyCredential('devstoreaccount1', Buffer.from('wrong').toString('base64'))
  const client = new BlobServiceClient(url, wrong, once)
  await assert.rejects(client.getProperties(), { statusCode: 403, code: 'AuthenticationFailed' })
})
