/** Table Storage byte for byte, where official clients do not show it. */
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { request as sendRequest } from 'node:http'
import { after, test } from 'node:test'
import { VirtualClock } from '@aloft/kernel/testing'
import { accountKey, accountName, openTableServer } from './table-server.ts'

const server = await openTableServer(new VirtualClock())
after(() => server.close())
const { pathname: base, port } = new URL(server.url)
const date = 'Thu, 01 Jan 2026 00:00:00 GMT'

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

/** Signs as SharedKeyLite has it. `fetch` knows no MERGE. */
function send(
  method: string,
  path: string,
  options: { headers?: Record<string, string>; body?: string } = {},
) {
  const mark = path.indexOf('?')
  const signed = `${date}\n/${accountName}${base}${mark < 0 ? path : path.slice(0, mark)}${/[?&]comp=acl/.test(path) ? '?comp=acl' : ''}`
  const signature = createHmac('sha256', Buffer.from(accountKey, 'base64')).update(signed).digest('base64')
  return new Promise<Answer>((resolve, reject) => {
    const outgoing = sendRequest(
      {
        host: '127.0.0.1',
        port,
        method,
        path: `${base}${path}`,
        headers: {
          'x-ms-date': date,
          'x-ms-version': '2019-02-02',
          Authorization: `SharedKeyLite ${accountName}:${signature}`,
          ...(options.body !== undefined && { 'Content-Length': Buffer.byteLength(options.body) }),
          ...options.headers,
        },
      },
      async (incoming) => {
        let body = ''
        for await (const chunk of incoming.setEncoding('utf8')) body += chunk
        resolve({ status: incoming.statusCode!, headers: incoming.headers, body })
      },
    )
    outgoing.on('error', reject)
    outgoing.end(options.body)
  })
}

function json(level: string): { headers: Record<string, string> } {
  return { headers: { Accept: `application/json;odata=${level}` } }
}

await send('POST', '/Tables', {
  body: '{"TableName":"Wire"}',
  headers: { 'Content-Type': 'application/json' },
})
const sent =
  '{"PartitionKey":"o\'p","RowKey":"r","A":1,"B@odata.type":"Edm.Int64","B":"5","C@odata.type":"Edm.Double","C":2,"D@odata.type":"Edm.DateTime","D":"2026-01-01T00:00:00"}'
const inserted = await send('POST', '/Wire', { body: sent })
const etag = `W/"datetime'2026-01-01T00%3A00%3A00.0000000Z'"`
const jsonEtag = JSON.stringify(etag)
const path = "/Wire(PartitionKey='o%27%27p',RowKey='r')"

test('an insertion answers with the entity and where it is', () => {
  assert.equal(inserted.status, 201)
  const { etag: tag, location, dataserviceid, 'content-type': type, dataserviceversion } = inserted.headers
  assert.equal(tag, etag)
  assert.equal(location, `${server.url}/Wire(PartitionKey='o''p',RowKey='r')`)
  assert.equal(dataserviceid, location)
  assert.equal(type, 'application/json;odata=minimalmetadata;streaming=true;charset=utf-8')
  assert.equal(dataserviceversion, '3.0;')
})

const minimal = `"A":1,"B@odata.type":"Edm.Int64","B":"5","C@odata.type":"Edm.Double","C":2.0,"D@odata.type":"Edm.DateTime","D":"2026-01-01T00:00:00Z"`

test('the three levels of metadata', async () => {
  const keys = `"PartitionKey":"o'p","RowKey":"r"`
  const stamp = '"Timestamp":"2026-01-01T00:00:00.0000000Z"'
  const of = async (level: string) => (await send('GET', path, json(level))).body
  assert.equal(await of('nometadata'), `{${keys},${stamp},"A":1,"B":"5","C":2.0,"D":"2026-01-01T00:00:00Z"}`)
  assert.equal(
    await of('minimalmetadata'),
    `{"odata.metadata":"${server.url}/$metadata#Wire/@Element","odata.etag":${jsonEtag},${keys},${stamp},${minimal}}`,
  )
  const link = "Wire(PartitionKey='o''p',RowKey='r')"
  assert.equal(
    await of('fullmetadata'),
    `{"odata.metadata":"${server.url}/$metadata#Wire/@Element","odata.type":"${accountName}.Wire","odata.id":"${server.url}/${link}","odata.editLink":"${link}","odata.etag":${jsonEtag},${keys},"Timestamp@odata.type":"Edm.DateTime",${stamp},${minimal}}`,
  )
})

test('a query says its table, and each entity its ETag', async () => {
  const { body, status } = await send(
    'GET',
    '/Wire()?$select=A,X&$filter=A%20eq%201',
    json('minimalmetadata'),
  )
  assert.equal(status, 200)
  assert.equal(
    body,
    `{"odata.metadata":"${server.url}/$metadata#Wire","value":[{"odata.etag":${jsonEtag},"A":1}]}`,
  )
  const none = await send('GET', '/Wire?$filter=A%20eq%202&$format=application/json;odata=nometadata')
  assert.equal(none.body, '{"value":[]}')
})

test('Atom is refused, anything else that allows JSON is JSON', async () => {
  const atom = await send('GET', path, { headers: { Accept: 'application/atom+xml' } })
  assert.deepEqual([atom.status, atom.headers['x-ms-error-code']], [415, 'AtomFormatNotSupported'])
  for (const accept of ['*/*', 'application/atom+xml, application/json; odata=nometadata'])
    assert.equal((await send('GET', path, { headers: { Accept: accept } })).status, 200)
  const body = await send('POST', '/Wire', {
    body: '<a/>',
    headers: { 'Content-Type': 'application/atom+xml' },
  })
  assert.equal(body.headers['x-ms-error-code'], 'AtomFormatNotSupported')
})

test('Prefer decides whether there is a body', async () => {
  const create = (rowKey: string, prefer: string) =>
    send('POST', '/Wire', { body: `{"PartitionKey":"q","RowKey":"${rowKey}"}`, headers: { Prefer: prefer } })
  const without = await create('1', 'return-no-content')
  assert.deepEqual([without.status, without.body], [204, ''])
  assert.equal(without.headers['preference-applied'], 'return-no-content')
  const withBody = await create('2', 'return-content')
  assert.deepEqual([withBody.status, withBody.headers['preference-applied']], [201, 'return-content'])
})

test('a POST may stand for another verb', async () => {
  const entity = "/Wire(PartitionKey='m',RowKey='1')"
  const merge = await send('POST', entity, { body: '{"A":1}', headers: { 'X-HTTP-Method': 'MERGE' } })
  assert.equal(merge.status, 204)
  assert.ok(merge.headers.etag)
  assert.equal((await send('MERGE', entity, { body: '{"B":1}' })).status, 204)
  assert.equal((await send('PATCH', entity, { body: '{"C":1}' })).status, 204)
  const { body } = await send('GET', entity, json('nometadata'))
  assert.deepEqual(Object.keys(JSON.parse(body)).slice(3), ['A', 'B', 'C'])
  const refused = async (method: string, value: string) =>
    (await send(method, entity, { headers: { 'X-HTTP-Method': value } })).headers['x-ms-error-code']
  assert.equal(await refused('GET', 'MERGE'), 'XMethodNotUsingPost')
  assert.equal(await refused('POST', 'FROB'), 'XMethodIncorrectValue')
})

test('deleting needs a condition', async () => {
  const refused = async (headers: Record<string, string>) => {
    const { status, headers: answer } = await send('DELETE', path, { headers })
    return [status, answer['x-ms-error-code']]
  }
  assert.deepEqual(await refused({}), [400, 'MissingRequiredHeader'])
  assert.deepEqual(await refused({ 'If-Match': '' }), [412, 'UpdateConditionNotSatisfied'])
  assert.deepEqual(await refused({ 'If-Match': '"strong"' }), [400, 'InvalidInput'])
})

test('paths that mean nothing are refused', async () => {
  const codeOf = async (method: string, at: string) => (await send(method, at)).headers['x-ms-error-code']
  assert.equal(await codeOf('GET', "/Wire(PartitionKey='a')"), 'InvalidInput')
  assert.equal(await codeOf('GET', '/Wire(5)'), 'InvalidInput')
  assert.equal(await codeOf('GET', '/'), 'InvalidUri')
  assert.equal(await codeOf('GET', '/a/b'), 'InvalidUri')
  assert.equal(await codeOf('PUT', '/Wire'), 'UnsupportedHttpVerb')
  assert.equal(await codeOf('GET', '/$batch'), 'UnsupportedHttpVerb')
  assert.equal(await codeOf('GET', "/Tables('nobody')"), 'ResourceNotFound')
  assert.equal((await send('GET', "/Tables('wire')")).status, 200)
})

test('keys may come in either order, and with quotes that are not doubled', async () => {
  assert.equal((await send('GET', "/Wire(RowKey='r',%20PartitionKey='o%27%27p')")).status, 200)
  assert.equal((await send('GET', "/Wire(PartitionKey='o%27p',RowKey='r')")).status, 200)
})

const mixed = { 'Content-Type': 'multipart/mixed; boundary="batch_1"' }

function changeset(...parts: string[]): string {
  const inner = parts.map(
    (part) => `--changeset_1\nContent-Type: application/http\nContent-Transfer-Encoding: binary\n\n${part}\n`,
  )
  return `--batch_1\nContent-Type: multipart/mixed; boundary=changeset_1\n\n${inner.join('')}--changeset_1--\n--batch_1--\n`
}

test('a batch answers each change in its own part', async () => {
  const body = changeset(
    `POST https://elsewhere${base}/Wire() HTTP/1.1\ncontent-id: 1\naccept: application/json;odata=nometadata\nPREFER: return-content\n\n{"PartitionKey":"b","RowKey":"1"}`,
    `MERGE ${base}/Wire(PartitionKey='b',RowKey='2')?$format=x HTTP/1.1\n\n{"A":1}`,
  ).replace('?$format=x', '')
  const answer = await send('POST', '/$batch', { headers: mixed, body })
  assert.equal(answer.status, 202)
  const generic = answer.body
    .replace(/(batchresponse|changesetresponse)_[0-9a-f-]{36}/g, '$1_ID')
    .replace(/00\.\d{7}Z/g, 'STAMP')
    .replaceAll('\r\n', '\n')
  const location = (rowKey: string) =>
    `Location: ${server.url}/Wire(PartitionKey='b',RowKey='${rowKey}')\nDataServiceId: ${server.url}/Wire(PartitionKey='b',RowKey='${rowKey}')\nETag: W/"datetime'2026-01-01T00%3A00%3ASTAMP'"`
  assert.equal(
    generic,
    `--batchresponse_ID
Content-Type: multipart/mixed; boundary=changesetresponse_ID

--changesetresponse_ID
Content-Type: application/http
Content-Transfer-Encoding: binary

HTTP/1.1 201 Created
Content-ID: 1
X-Content-Type-Options: nosniff
Cache-Control: no-cache
Preference-Applied: return-content
DataServiceVersion: 3.0;
Content-Type: application/json;odata=nometadata;streaming=true;charset=utf-8
${location('1')}

{"PartitionKey":"b","RowKey":"1","Timestamp":"2026-01-01T00:00:STAMP"}

--changesetresponse_ID
Content-Type: application/http
Content-Transfer-Encoding: binary

HTTP/1.1 204 No Content
X-Content-Type-Options: nosniff
Cache-Control: no-cache
DataServiceVersion: 3.0;
${location('2')}


--changesetresponse_ID--
--batchresponse_ID--
`,
  )
})

test('a batch that fails says why in one part', async () => {
  const body = changeset(
    `POST ${server.url}/Wire HTTP/1.1\n\n{"PartitionKey":"b","RowKey":"8"}`,
    `DELETE ${server.url}/Wire(PartitionKey='c',RowKey='1') HTTP/1.1\nIf-Match: *\n`,
  )
  const answer = await send('POST', '/$batch', { headers: mixed, body })
  assert.equal(answer.status, 202)
  assert.equal(answer.body.match(/HTTP\/1\.1/g)?.length, 1)
  assert.match(answer.body, /HTTP\/1\.1 400 Bad Request/)
  assert.match(
    answer.body,
    /\{"odata\.error":\{"code":"CommandsInBatchActOnDifferentPartitions","message":\{"lang":"en-US","value":"1:All commands/,
  )
})

test('a batch may be one query', async () => {
  const query = (rowKey: string) =>
    `--batch_1\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\nGET ${server.url}/Wire(PartitionKey='o%27%27p',RowKey='${rowKey}')?$select=A HTTP/1.1\r\nAccept: application/json;odata=nometadata\r\n\r\n--batch_1--\r\n`
  const found = await send('POST', '/$batch', { headers: mixed, body: query('r') })
  assert.match(found.body, /^--batchresponse_\S+\r\nContent-Type: application\/http\r\n/)
  assert.match(
    found.body,
    /HTTP\/1\.1 200 OK\r\n[\s\S]*ETag: W\/"datetime[\s\S]*\r\n\r\n\{"A":1\}\r\n--batchresponse/,
  )
  const missing = await send('POST', '/$batch', { headers: mixed, body: query('x') })
  assert.match(
    missing.body,
    /HTTP\/1\.1 404 Not Found[\s\S]*"value":"0:The specified resource does not exist\./,
  )
})

test('what is no batch is refused', async () => {
  for (const [headers, body] of [
    [mixed, 'nothing'],
    [{ 'Content-Type': 'text/plain' }, changeset('')],
    [mixed, `--batch_1\n\nGET x HTTP/1.1\n\n--batch_1\n\nGET y HTTP/1.1\n--batch_1--`],
  ] as const) {
    const { status, headers: answer } = await send('POST', '/$batch', { headers, body })
    assert.deepEqual([status, answer['x-ms-error-code']], [400, 'InvalidInput'])
  }
  const broken = await send('POST', '/$batch', { headers: mixed, body: changeset('nonsense') })
  assert.equal(broken.status, 400)
})
