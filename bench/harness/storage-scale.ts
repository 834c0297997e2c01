/** A queue and a table that hold as much as one likes, and what is asked of them. */
import { openEngine } from '@aloft/engine'
import { Logger, systemClock } from '@aloft/kernel'
import { openStorage, type StorageService } from '@aloft/storage'
import { account, type LeanSender, leanSender } from './storage-lean-client.ts'
import type { StorageServer } from './storage-servers.ts'

const queue = { account, queue: 'many' }
const table = { account, table: 'many' }
const message = { text: 'x'.repeat(200), ttlMs: undefined }
const properties = '"A":1,"B":"some text of about fifty characters in all......","C":true'
const partitions = 1000
const atOnce = 1000

/** Resident bytes of the process that fills. */
export interface Filled {
  readonly firstBytes: number
  readonly lastBytes: number
}

/** Makes a storage in the folder `directory` with so many messages in one queue and entities in one table. */
export async function fillStorage(directory: string, count: number): Promise<Filled> {
  const clock = systemClock
  const log = new Logger(clock, [])
  const engine = await openEngine({ directory, clock, log })
  const storage = await openStorage({ engine, clock, log })
  const { queues, tables } = storage
  await queues.catalog.create(queue, {})
  await tables.tables.create(table)
  let firstBytes = 0
  for (let done = 0; done < count; done += atOnce) {
    const size = Math.min(atOnce, count - done)
    await queues.messages.send(queue, Array(size).fill(message))
    await insertEntities(storage, done, done + size)
    // The first few tenths of a million are caches that fill.
    if (done <= count / 5) firstBytes = process.memoryUsage().rss
    if ((done + size) % 100_000 === 0) console.error(`filled with ${done + size}`)
  }
  const lastBytes = process.memoryUsage().rss
  await storage.close()
  await engine.close()
  return { firstBytes, lastBytes }
}

function insertEntities({ tables }: StorageService, from: number, to: number): Promise<unknown> {
  const indexes = Array.from({ length: to - from }, (_, index) => from + index)
  return Promise.all(
    indexes.map((index) => tables.change(table, { ...keyOf(index), kind: 'insert', properties })),
  )
}

/** Keys that arrive in one order and stand in another, as those of a busy table do. */
function keyOf(index: number): { readonly partitionKey: string; readonly rowKey: string } {
  return {
    partitionKey: `p${String((index * 7919) % partitions).padStart(3, '0')}`,
    rowKey: `r${String(index).padStart(8, '0')}`,
  }
}

export interface ScaleLane {
  readonly sender: LeanSender
  /** Requests by name; `index` numbers the calls of each. */
  readonly operations: Readonly<Record<string, (index: number) => Promise<unknown>>>
}

/** @param count as it was filled */
export function scaleLane(server: StorageServer, count: number): ScaleLane {
  const sender = leanSender(server, 1)
  const { send } = sender
  const json = { Accept: 'application/json;odata=nometadata', 'Content-Type': 'application/json' }
  const body = `<QueueMessage><MessageText>${message.text}</MessageText></QueueMessage>`
  const anyKey = (index: number) => keyOf((index * 104_729) % count)
  const pathOf = ({ partitionKey, rowKey }: { partitionKey: string; rowKey: string }) =>
    `/many(PartitionKey='${partitionKey}',RowKey='${rowKey}')`
  const newKey = (index: number) => ({ partitionKey: 'new', rowKey: `${index}` })
  const page = (index: number) => ({
    $filter: `PartitionKey ge '${anyKey(index).partitionKey}'`,
    $top: '100',
  })
  const operations: ScaleLane['operations'] = {
    'queue: send': () => send('queue', { method: 'POST', path: '/many/messages', body }),
    'queue: receive': () =>
      send('queue', { method: 'GET', path: '/many/messages', query: { visibilitytimeout: '3600' } }),
    'queue: peek': () =>
      send('queue', { method: 'GET', path: '/many/messages', query: { peekonly: 'true' } }),
    'queue: count': () => send('queue', { method: 'GET', path: '/many', query: { comp: 'metadata' } }),
    'table: insert': (index) => {
      const { partitionKey, rowKey } = newKey(index)
      const entity = `{"PartitionKey":"${partitionKey}","RowKey":"${rowKey}",${properties}}`
      const headers = { ...json, Prefer: 'return-no-content' }
      return send('table', { method: 'POST', path: '/many', headers, body: entity })
    },
    'table: get': (index) => send('table', { method: 'GET', path: pathOf(anyKey(index)), headers: json }),
    'table: merge': (index) =>
      send('table', {
        method: 'PATCH',
        path: pathOf(anyKey(index)),
        headers: { ...json, 'If-Match': '*' },
        body: '{"A":2}',
      }),
    'table: page of 100': (index) =>
      send('table', { method: 'GET', path: '/many()', query: page(index), headers: json }),
    'table: delete': (index) =>
      send('table', {
        method: 'DELETE',
        path: pathOf(newKey(index)),
        headers: { ...json, 'If-Match': '*' },
      }),
  }
  return { sender, operations }
}
