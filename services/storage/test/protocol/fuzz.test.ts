/**
 * Requests as nobody would send them, to the real services: each is answered, none with a fault of the server, and
 * afterwards the server is as before.
 */
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { openEngine } from '@aloft/engine'
import { Logger, type LogRecord, systemClock } from '@aloft/kernel'
import fc from 'fast-check'
import { developmentAccountKey } from '../../src/accounts/account-name.ts'
import { openStorage, type ServiceName, type StoragePorts } from '../../src/index.ts'
import { stringToSign } from '../../src/protocol/auth/shared-key.ts'
import { parseIsoTime } from '../../src/protocol/http-date.ts'
import { QueryString } from '../../src/protocol/query-string.ts'
import { addressOf } from '../../src/protocol/request-address.ts'
import { StorageError } from '../../src/protocol/storage-error.ts'
import { parseXml } from '../../src/protocol/xml.ts'
import { send, sendBytes } from './raw-client.ts'
import { requestOf } from './request-of.ts'

const account = 'devstoreaccount1'

async function openAll(t: TestContext): Promise<{ ports: StoragePorts; faults: LogRecord[] }> {
  const directory = await mkdtemp(join(tmpdir(), 'aloft-fuzz-'))
  const faults: LogRecord[] = []
  const log = new Logger(systemClock, [
    { write: (record) => void (record.level === 'error' && faults.push(record)) },
  ])
  const engine = await openEngine({ directory, clock: systemClock, log })
  const storage = await openStorage({ engine, clock: systemClock, log })
  t.after(async () => {
    await storage.close()
    await engine.close()
    await rm(directory, { recursive: true, force: true })
  })
  const ports = await storage.listen({ host: '127.0.0.1', ports: { blob: 0, queue: 0, table: 0 } })
  return { ports, faults }
}

interface Fuzzed {
  readonly service: ServiceName
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** Which of the server's two ways it takes. */
  readonly connection?: 'keep-alive' | 'close'
}

/** As the front signs, so that the request gets as far as it can. */
function signed(
  { service, method, path, headers }: Fuzzed,
  port: number,
  body: string,
): Record<string, string> {
  const all: Record<string, string> = {
    ...headers,
    'x-ms-date': new Date().toUTCString(),
    ...(body !== '' && { 'Content-Length': String(Buffer.byteLength(body)) }),
  }
  // What a URL object would write anew is sent as it is.
  const url = new URL(`http://127.0.0.1:${port}/${account}`)
  const question = path.indexOf('?')
  const request = requestOf({ service, method, url: url.href, headers: Object.entries(all) })
  const search = question === -1 ? '' : path.slice(question)
  const text = stringToSign(
    {
      service,
      method,
      account: request.account,
      isSecondary: false,
      version: request.version,
      urlPath: question === -1 ? path : path.slice(0, question),
      search,
      parameters: new QueryString(search),
      rawHeaders: Object.entries(all).flat(),
      header: (name) => request.header(name),
    },
    'SharedKey',
  )
  const key = Buffer.from(developmentAccountKey, 'base64')
  const signature = createHmac('sha256', key).update(text).digest('base64')
  return { ...all, Authorization: `SharedKey ${account}:${signature}` }
}

const pathPart = fc.oneof(
  fc.constantFrom('box', 'work', 'messages', 'people', 'Tables', '$batch', '$root', "Tables('people')"),
  fc.constantFrom(
    "people(PartitionKey='p',RowKey='r')",
    'people()',
    '%',
    '%zz',
    '%00',
    '%2F',
    '%ff%fe',
    '..',
    "'",
  ),
  fc.stringMatching(/^[A-Za-z0-9$%'(),=._~-]{0,20}$/),
)
const parameter = fc.tuple(
  fc.constantFrom(
    ...[
      'restype',
      'comp',
      'prefix',
      'marker',
      'maxresults',
      'include',
      'delimiter',
      'snapshot',
      'blockid',
      'timeout',
    ],
    ...[
      'numofmessages',
      'visibilitytimeout',
      'messagettl',
      'popreceipt',
      'peekonly',
      'where',
      'sv',
      'versionid',
    ],
    ...[
      '$filter',
      '$select',
      '$top',
      'NextPartitionKey',
      'NextRowKey',
      'NextTableName',
      'blocklisttype',
      'se',
      'sp',
      'copyid',
      'prevsnapshot',
      'deletetype',
    ],
  ),
  fc.oneof(
    fc.constantFrom(
      'container',
      'service',
      'account',
      'list',
      'properties',
      'metadata',
      'acl',
      'lease',
      'blocklist',
    ),
    fc.constantFrom(
      'block',
      'page',
      'appendblock',
      'tags',
      'tier',
      'batch',
      'stats',
      'copy',
      'userdelegationkey',
      'undelete',
      'incrementalcopy',
      'snapshot',
      'seal',
    ),
    fc.constantFrom(
      'pagelist',
      'blobs',
      'query',
      'expiry',
      'rename',
      'immutabilitypolicies',
      'legalhold',
      'permanent',
      'directory',
    ),
    fc.constantFrom('2026-01-01T00:00:00.0000000Z', '9999-99-99T99:99:99.9999999Z', 'only', 'include'),
    fc.constantFrom('-1', '0', '99999999999999999999', 'NaN', "PartitionKey eq 'p'", '%', '(((', "'"),
    fc.string({ maxLength: 12 }),
  ),
)
const header = fc.tuple(
  fc.constantFrom(
    ...[
      'x-ms-blob-type',
      'x-ms-range',
      'Range',
      'If-Match',
      'If-None-Match',
      'If-Modified-Since',
      'x-ms-lease-action',
    ],
    ...[
      'x-ms-lease-id',
      'x-ms-lease-duration',
      'x-ms-copy-source',
      'x-ms-meta-a',
      'x-ms-meta-b-c',
      'Content-MD5',
    ],
    ...[
      'Content-Type',
      'Accept',
      'Prefer',
      'x-ms-tags',
      'x-ms-access-tier',
      'x-ms-page-write',
      'Origin',
      'x-ms-version',
    ],
    ...[
      'x-ms-delete-snapshots',
      'x-ms-source-range',
      'x-ms-requires-sync',
      'x-ms-copy-action',
      'x-ms-immutability-policy-until-date',
      'x-ms-legal-hold',
      'x-ms-deleted-container-name',
      'x-ms-blob-public-access',
    ],
    ...[
      'x-ms-sequence-number-action',
      'x-ms-blob-condition-appendpos',
      'x-ms-source-if-match',
      'x-ms-copy-source-tag-option',
      'x-ms-lease-break-period',
      'x-ms-proposed-lease-id',
      'x-ms-rehydrate-priority',
      'Host',
    ],
    ...['x-ms-blob-content-length', 'x-ms-blob-sequence-number', 'x-ms-content-crc64', 'x-ms-if-tags'],
    ...[
      'x-ms-structured-body',
      'x-ms-structured-content-length',
      'x-ms-encryption-key',
      'x-ms-encryption-key-sha256',
      'x-ms-encryption-scope',
      'x-ms-access-tier-if-modified-since',
      'x-ms-previous-snapshot-url',
      'x-ms-blob-if-match',
    ],
  ),
  fc.oneof(
    fc.constantFrom(
      'BlockBlob',
      'PageBlob',
      'AppendBlob',
      'bytes=0-',
      'bytes=5-1',
      'XSM/1.0; properties=crc64',
      'acquire',
      'break',
      'update',
    ),
    fc.constantFrom(
      '*',
      '"0x1"',
      '-1',
      '512',
      'multipart/mixed; boundary=x',
      'application/json',
      '2021-08-06',
    ),
    fc.constantFrom(
      'devstoreaccount1.web.localhost',
      `http://127.0.0.1/${account}/box/p?snapshot=`,
      'true',
      'Archive',
    ),
    fc.constantFrom('Fri, 31 Dec 9999 23:59:59 GMT', 'max', 'increment', 'include', 'copy', 'container'),
    fc.stringMatching(/^[\x21-\x7e]([\x20-\x7e]{0,10}[\x21-\x7e])?$/),
  ),
)
const body = fc.oneof(
  fc.constant(''),
  fc.constantFrom(
    ...[
      '<',
      '{}',
      '[]',
      'null',
      '{"TableName":5}',
      '{"PartitionKey":"p","RowKey":"r","A@odata.type":"Edm.Int64","A":{}}',
    ],
    ...[
      '<QueueMessage><MessageText>x</MessageText></QueueMessage>',
      '<BlockList><Latest>AAAA</Latest></BlockList>',
      '<QueryRequest><QueryType>SQL</QueryType><Expression>SELECT * FROM BlobStorage</Expression></QueryRequest>',
    ],
    ...[
      '<SignedIdentifiers><SignedIdentifier/></SignedIdentifiers>',
      '<StorageServiceProperties><Cors/></StorageServiceProperties>',
    ],
    ...[
      '--x\r\nContent-Type: application/http\r\n\r\nGET / HTTP/1.1\r\n\r\n--x--',
      '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
    ],
  ),
  fc.string({ maxLength: 60 }),
)
const anything: fc.Arbitrary<Fuzzed> = fc.record({
  service: fc.constantFrom('blob', 'queue', 'table'),
  method: fc.constantFrom('GET', 'PUT', 'POST', 'DELETE', 'HEAD', 'MERGE', 'PATCH', 'OPTIONS'),
  path: fc
    .tuple(fc.array(pathPart, { maxLength: 3 }), fc.array(parameter, { maxLength: 4 }))
    .map(([parts, parameters]) => pathOf(parts.join('/'), parameters)),
  headers: fc.array(header, { maxLength: 4 }).map((pairs) => Object.fromEntries(pairs)),
  body,
})

function pathOf(path: string, parameters: readonly (readonly [string, string])[]): string {
  const query = parameters.map(
    ([name, value]) => `${name}=${encodeURIComponent(value).replaceAll('%25', '%')}`,
  )
  const mark = path.includes('?') ? '&' : '?'
  return `/${account}/${path}${query.length > 0 ? `${mark}${query.join('&')}` : ''}`
}

/** Operations that are there, to which something strange is added. */
const operations: readonly (readonly [
  ServiceName,
  method: string,
  path: string,
  headers?: Record<string, string>,
])[] = [
  ['blob', 'GET', '?comp=list'],
  ['blob', 'GET', 'box?restype=container&comp=list'],
  ['blob', 'PUT', 'box?restype=container&comp=acl'],
  ['blob', 'PUT', 'box?restype=container&comp=lease', { 'x-ms-lease-action': 'acquire' }],
  ['blob', 'POST', '?comp=batch', { 'Content-Type': 'multipart/mixed; boundary=x' }],
  ['blob', 'GET', '?comp=blobs'],
  ['blob', 'PUT', 'box/a', { 'x-ms-blob-type': 'BlockBlob' }],
  ['blob', 'PUT', 'box/p', { 'x-ms-blob-type': 'PageBlob', 'x-ms-blob-content-length': '1024' }],
  ['blob', 'PUT', 'box/p?comp=page', { 'x-ms-page-write': 'clear', 'x-ms-range': 'bytes=0-511' }],
  ['blob', 'PUT', 'box/d', { 'x-ms-blob-type': 'AppendBlob' }],
  ['blob', 'PUT', 'box/d?comp=appendblock'],
  ['blob', 'PUT', 'box/a?comp=block&blockid=AAAA'],
  ['blob', 'PUT', 'box/a?comp=blocklist'],
  ['blob', 'GET', 'box/a?comp=blocklist'],
  ['blob', 'GET', 'box/p?comp=pagelist'],
  ['blob', 'GET', 'box/a'],
  ['blob', 'HEAD', 'box/a'],
  ['blob', 'PUT', 'box/a?comp=tags'],
  ['blob', 'PUT', 'box/a?comp=tier', { 'x-ms-access-tier': 'Cool' }],
  ['blob', 'PUT', 'box/a?comp=metadata'],
  ['blob', 'PUT', 'box/a?comp=properties'],
  ['blob', 'PUT', 'box/a?comp=lease', { 'x-ms-lease-action': 'break' }],
  ['blob', 'PUT', 'box/a?comp=snapshot'],
  ['blob', 'PUT', 'box/c', { 'x-ms-copy-source': `http://127.0.0.1/${account}/box/a` }],
  ['blob', 'DELETE', 'box/a'],
  ['blob', 'PUT', 'box/a?comp=undelete'],
  ['blob', 'PUT', 'box/d?comp=seal'],
  ['blob', 'PUT', 'box/p?comp=incrementalcopy', { 'x-ms-copy-source': `http://127.0.0.1/${account}/box/p` }],
  ['blob', 'PUT', 'box/a?comp=copy&copyid=x', { 'x-ms-copy-action': 'abort' }],
  ['blob', 'PUT', 'box/a?comp=immutabilitypolicies'],
  ['blob', 'PUT', 'box/a?comp=legalhold', { 'x-ms-legal-hold': 'false' }],
  ['blob', 'POST', 'box/a?comp=query'],
  ['blob', 'PUT', 'box/a?comp=expiry'],
  ['blob', 'GET', 'box/a?comp=tags'],
  ['blob', 'GET', 'box/a?comp=metadata'],
  ['blob', 'GET', 'a.txt'],
  ['blob', 'PUT', 'box?restype=container&comp=undelete'],
  ['blob', 'PUT', 'box?restype=container&comp=metadata'],
  ['blob', 'GET', 'box?restype=container&comp=blobs'],
  ['blob', 'GET', 'box?restype=account&comp=properties'],
  ['blob', 'PUT', '?restype=service&comp=properties'],
  ['blob', 'GET', '?restype=service&comp=stats'],
  ['blob', 'POST', '?restype=service&comp=userdelegationkey'],
  ['queue', 'GET', '?comp=list'],
  ['queue', 'PUT', 'work'],
  ['queue', 'GET', 'work/messages'],
  ['queue', 'POST', 'work/messages'],
  ['queue', 'PUT', 'work/messages/id?popreceipt=x&visibilitytimeout=1'],
  ['queue', 'DELETE', 'work/messages/id?popreceipt=x'],
  ['queue', 'PUT', 'work?comp=metadata'],
  ['queue', 'PUT', 'work?comp=acl'],
  ['queue', 'DELETE', 'work/messages'],
  ['queue', 'GET', 'work/messages?peekonly=true'],
  ['queue', 'GET', 'work?comp=metadata'],
  ['queue', 'PUT', '?restype=service&comp=properties'],
  ['table', 'GET', 'Tables'],
  ['table', 'POST', 'Tables', { 'Content-Type': 'application/json' }],
  ['table', 'POST', 'people', { 'Content-Type': 'application/json' }],
  ['table', 'GET', 'people()'],
  ['table', 'GET', "people(PartitionKey='p',RowKey='r')"],
  ['table', 'PUT', "people(PartitionKey='p',RowKey='r')", { 'Content-Type': 'application/json' }],
  ['table', 'MERGE', "people(PartitionKey='p',RowKey='r')", { 'Content-Type': 'application/json' }],
  ['table', 'DELETE', "people(PartitionKey='p',RowKey='r')", { 'If-Match': '*' }],
  ['table', 'POST', '$batch', { 'Content-Type': 'multipart/mixed; boundary=x' }],
  ['table', 'PUT', 'people?comp=acl'],
  ['table', 'PUT', '?restype=service&comp=properties'],
]
const nearlyRight: fc.Arbitrary<Fuzzed> = fc
  .tuple(
    fc.constantFrom(...operations),
    fc.array(parameter, { maxLength: 2 }),
    fc.array(header, { maxLength: 2 }),
    body,
  )
  .map(([[service, method, path, headers], parameters, more, content]) => ({
    service,
    method,
    path: pathOf(path, parameters),
    headers: { ...headers, ...Object.fromEntries(more) },
    body: content,
  }))
const fuzzed: fc.Arbitrary<Fuzzed> = fc
  .tuple(
    fc.oneof({ arbitrary: anything, weight: 1 }, { arbitrary: nearlyRight, weight: 3 }),
    fc.constantFrom('keep-alive', 'close'),
  )
  .map(([request, connection]) => ({ ...request, connection }))

test('no request is answered with a fault of the server', async (t) => {
  const { ports, faults } = await openAll(t)
  for (const [service, path] of [
    ['blob', `/${account}/box?restype=container`],
    ['queue', `/${account}/work`],
    ['blob', `/${account}/box/a`],
  ] as const) {
    const own: Record<string, string> = path.endsWith('/a') ? { 'x-ms-blob-type': 'BlockBlob' } : {}
    const headers = signed({ service, method: 'PUT', path, headers: own, body: '' }, ports[service], '')
    assert.equal((await send(ports[service], { method: 'PUT', path, headers })).status, 201)
  }
  const table = '{"TableName":"people"}'
  const creation: Fuzzed = {
    service: 'table',
    method: 'POST',
    path: `/${account}/Tables`,
    headers: { 'Content-Type': 'application/json' },
    body: table,
  }
  await send(ports.table, { ...creation, headers: signed(creation, ports.table, table) })
  await fc.assert(
    fc.asyncProperty(fuzzed, async (each) => {
      const port = ports[each.service]
      const content = ['GET', 'HEAD', 'OPTIONS'].includes(each.method) ? '' : each.body
      const answer = await send(port, {
        method: each.method,
        path: each.path,
        headers: { ...signed(each, port, content), Connection: each.connection },
        body: content,
      })
      assert.ok(answer.status < 500 || answer.status === 501, `${answer.status}: ${answer.body}`)
      // One with a Host that is none never gets as far as the service.
      if (answer.status >= 400 && /^[\w.-]*(?::\d{1,5})?$/.test(each.headers.Host ?? ''))
        assert.ok(answer.headers['x-ms-error-code'], `${answer.status} without a code`)
    }),
    { numRuns: Number(process.env.FUZZ_RUNS ?? 1500) },
  )
  assert.deepEqual(
    faults.map(({ error, message }) => error?.stack ?? message),
    [],
  )
})

test('bytes that are no request do not end the server', async (t) => {
  const { ports, faults } = await openAll(t)
  const line = fc.oneof(
    fc.string({ maxLength: 30 }),
    fc.constantFrom(
      'GET / HTTP/1.1',
      'Host: a',
      'Content-Length: 5',
      'Content-Length: -1',
      'Transfer-Encoding: chunked',
    ),
    fc.constantFrom(
      'Authorization: SharedKey a',
      'x-ms-version: \u00ff',
      'Connection: close',
      '',
      'OPTIONS * HTTP/1.1',
    ),
  )
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...Object.values(ports)),
      fc.array(line, { maxLength: 6 }),
      async (port, lines) => {
        await sendBytes(port, `${lines.join('\r\n')}\r\n\r\n`)
      },
    ),
    { numRuns: 200 },
  )
  const answer = await send(ports.table, { path: `/${account}/Tables` })
  assert.equal(answer.status, 401)
  assert.deepEqual(faults, [])
})

test('every text is an XML document or is refused as none', () => {
  const text = fc.oneof(
    fc.string(),
    fc
      .array(
        fc.constantFrom(
          '<a>',
          '</a>',
          '<a/>',
          '&lt;',
          '&#x0;',
          '&#99999999;',
          '<![CDATA[',
          ']]>',
          '<!--',
          '-->',
          '<?',
          'x',
        ),
      )
      .map((parts) => parts.join('')),
  )
  fc.assert(
    fc.property(text, (each) => {
      try {
        assert.equal(typeof parseXml(each).name, 'string')
      } catch (error) {
        assert.ok(error instanceof StorageError && error.code === 'InvalidXmlDocument', String(error))
      }
    }),
    { numRuns: 2000 },
  )
})

test('queries, addresses and times of any form are read without an error', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (one, other) => {
      assert.equal(typeof new QueryString(`?${one}`).size, 'number')
      const address = addressOf(one, other, () => true)
      assert.ok(address === undefined || address.path.length > 0)
      assert.ok(parseIsoTime(one) === undefined || Number.isFinite(parseIsoTime(one)))
    }),
    { numRuns: 2000 },
  )
})
