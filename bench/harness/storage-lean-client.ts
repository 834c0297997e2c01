/** A client that does nothing but sign and send: it shows the server rather than itself. */
import { createHmac } from 'node:crypto'
import { Pool } from 'undici'
import { blobContent, messageText, type StorageClient } from './storage-operations.ts'
import type { StoragePorts, StorageServer } from './storage-servers.ts'

export const account = 'devstoreaccount1'
export const accountKey =
  'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=='
const key = Buffer.from(accountKey, 'base64')
const version = '2021-12-02'
const messageBody = `<QueueMessage><MessageText>${messageText}</MessageText></QueueMessage>`

export interface LeanRequest {
  readonly method: 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE'
  /** Below the account, without the query. */
  readonly path: string
  /** Names sorted, values plain. */
  readonly query?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
  /** A refusal that is fine: the container is there already. */
  readonly mayExist?: true
}

/** Signs and sends requests to one server. */
export interface LeanSender {
  /** Resolves to the body of the answer. Rejects when it is an error that the request does not allow. */
  send(service: keyof StoragePorts, request: LeanRequest): Promise<string>
  close(): Promise<void>
}

export function leanSender(
  { name, ports }: Pick<StorageServer, 'name' | 'ports'>,
  connections: number,
): LeanSender {
  const pools = Object.fromEntries(
    Object.entries(ports).map(([service, port]) => [
      service,
      new Pool(`http://127.0.0.1:${port}`, { connections, pipelining: 1 }),
    ]),
  ) as unknown as Record<keyof StoragePorts, Pool>
  return {
    async send(service, request) {
      const query = Object.entries(request.query ?? {})
      const path =
        `/${account}${request.path}` +
        (query.length > 0
          ? `?${query.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&')}`
          : '')
      const answer = await pools[service].request({
        method: request.method,
        path,
        headers: service === 'table' ? signForTable(request) : signQueueOrBlob(request),
        body: request.body ?? null,
      })
      const text = await answer.body.text()
      if (answer.statusCode >= 300 && !(request.mayExist && answer.statusCode === 409))
        throw new Error(`${name}: ${request.method} ${path} was answered ${answer.statusCode}: ${text}`)
      return text
    },
    async close() {
      for (const pool of Object.values(pools)) await pool.close()
    },
  }
}

/** The operations on one server; `n` numbers the calls of one operation. */
export function leanClient(server: StorageServer, connections: number): StorageClient {
  const { send, close } = leanSender(server, connections)

  return {
    async setUp() {
      await send('queue', { method: 'PUT', path: '/bench', mayExist: true })
      await send('blob', { method: 'PUT', path: '/bench', query: { restype: 'container' }, mayExist: true })
      const body = JSON.stringify({ TableName: 'bench' })
      await send('table', { method: 'POST', path: '/Tables', headers: json, body, mayExist: true })
      await putBlob(0)
      await insert(-1)
    },
    operations: {
      async 'queue send, receive, delete'() {
        await send('queue', { method: 'POST', path: '/bench/messages', body: messageBody })
        const list = await send('queue', { method: 'GET', path: '/bench/messages' })
        const [, id] = /<MessageId>(.*?)</.exec(list) ?? []
        const [, receipt] = /<PopReceipt>(.*?)</.exec(list) ?? []
        if (!id || !receipt) throw new Error(`${server.name}: no message: ${list}`)
        await send('queue', {
          method: 'DELETE',
          path: `/bench/messages/${id}`,
          query: { popreceipt: receipt },
        })
      },
      'table insert': insert,
      async 'table point read'() {
        await send('table', { method: 'GET', path: entityPath(-1), headers: json })
      },
      'blob put 4 KiB': putBlob,
      async 'blob get 4 KiB'() {
        await send('blob', { method: 'GET', path: '/bench/blob-0' })
      },
    },
    close,
  }

  async function insert(n: number): Promise<void> {
    const body = JSON.stringify({ PartitionKey: 'p', RowKey: `r${n}`, name: 'n'.repeat(64), count: 1 })
    const headers = { ...json, Prefer: 'return-no-content' }
    await send('table', { method: 'POST', path: '/bench', headers, body })
  }

  async function putBlob(n: number): Promise<void> {
    const headers = { 'x-ms-blob-type': 'BlockBlob' }
    await send('blob', { method: 'PUT', path: `/bench/blob-${n % 1000}`, headers, body: blobContent })
  }
}

const json = { Accept: 'application/json;odata=nometadata', 'Content-Type': 'application/json' }

function entityPath(n: number): string {
  return `/bench(PartitionKey='p',RowKey='r${n}')`
}

/** Shared Key of blobs and queues; see https://learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key */
export function signQueueOrBlob(request: LeanRequest): Record<string, string> {
  const headers: Record<string, string> = {
    ...request.headers,
    'x-ms-date': new Date().toUTCString(),
    'x-ms-version': version,
  }
  const length = request.body === undefined ? '' : String(Buffer.byteLength(request.body))
  const canonical = Object.keys(headers)
    .filter((name) => name.startsWith('x-ms-'))
    .sort()
    .map((name) => `${name}:${headers[name]}\n`)
    .join('')
  const query = Object.entries(request.query ?? {}).map(([name, value]) => `\n${name}:${value}`)
  const text =
    `${request.method}\n\n\n${length}\n\n\n\n\n\n\n\n\n${canonical}` +
    `/${account}/${account}${request.path}${query.join('')}`
  return { ...headers, Authorization: `SharedKey ${account}:${hmac(text)}` }
}

/** Shared Key Lite of tables. */
function signForTable(request: LeanRequest): Record<string, string> {
  const date = new Date().toUTCString()
  const signature = hmac(`${date}\n/${account}/${account}${request.path}`)
  return {
    ...request.headers,
    'x-ms-date': date,
    'x-ms-version': '2019-02-02',
    DataServiceVersion: '3.0;',
    Authorization: `SharedKeyLite ${account}:${signature}`,
  }
}

function hmac(text: string): string {
  return createHmac('sha256', key).update(text, 'utf8').digest('base64')
}
