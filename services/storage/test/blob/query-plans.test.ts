/** No statement walks over more than it answers with: each finds its place in an index. */
import assert from 'node:assert/strict'
import type { Engine, ReadTransaction, SqlValue, Transaction } from '@aloft/engine'
import { listContainers } from '../../src/blob/store/containers.ts'
import { copyWithin } from '../../src/blob/store/copy-blob.ts'
import { deleteBlob, undeleteBlob } from '../../src/blob/store/delete-blob.ts'
import { type ListInclude, listBlobs } from '../../src/blob/store/listing.ts'
import { maintain } from '../../src/blob/store/maintenance.ts'
import { getPageRanges } from '../../src/blob/store/page-ranges.ts'
import { putBlockBlob } from '../../src/blob/store/put-blob.ts'
import { openBlob } from '../../src/blob/store/read-blob.ts'
import { findByTags } from '../../src/blob/store/tag-index.ts'
import { account, testBlobs } from './blob-server.ts'
import { appendBlock, contextOf, putBlock, putBlockList, putEmptyBlob, putPages } from './crash-verbs.ts'

/** The engine, and the statements that go through it. */
function listening(engine: Engine): {
  readonly engine: Engine
  readonly statements: Map<string, readonly SqlValue[]>
} {
  const statements = new Map<string, readonly SqlValue[]>()
  const heard = <T extends ReadTransaction>(transaction: T): T =>
    new Proxy(transaction, {
      get: (target, name) => {
        const value = Reflect.get(target, name, target)
        if (typeof value !== 'function') return value
        if (name !== 'get' && name !== 'all' && name !== 'run') return value.bind(target)
        return (sql: string, ...values: SqlValue[]) => {
          statements.set(sql, values)
          return value.call(target, sql, ...values)
        }
      },
      // The engine's own verbs know a transaction by its class.
      getPrototypeOf: (target) => Reflect.getPrototypeOf(target),
    })
  const { database } = engine
  return {
    statements,
    engine: {
      ...engine,
      logs: { ...engine.logs, append: async () => 0, retain: async () => 0 },
      blobs: {
        ...engine.blobs,
        put: (content, maxBytes) => engine.blobs.put(content, maxBytes),
        read: (key, offset, length) => engine.blobs.read(key, offset, length),
        discard: (key) => engine.blobs.discard(key),
        keep: async () => {},
        release: async () => {},
        compose: async () => 'composed',
      },
      database: {
        write: (work) => database.write((transaction: Transaction) => work(heard(transaction))),
        read: (work) => database.read((snapshot) => work(heard(snapshot))),
        migrate: (migration) => database.migrate(migration),
        listen: (topic, listener) => database.listen(topic, listener),
        close: () => database.close(),
      },
    },
  }
}

const everything = new Set<ListInclude>(['snapshots', 'versions', 'deleted', 'uncommittedblobs'])

testBlobs('every statement of the store seeks', async ({ engine: original }) => {
  const { engine, statements } = listening(original)
  const context = contextOf(engine)
  const box = { account, container: 'box' }
  const at = (name: string) => ({ ...box, name })
  await putBlockBlob(context, at('a'), Buffer.from('x'), { tags: { t: '1' } })
  await putBlock(context, at('b'), 'AAAA', Buffer.from('x'), {})
  await putBlockList(context, at('b'), [{ id: 'AAAA', from: 'latest' }], {})
  await putEmptyBlob(context, at('log'), 'AppendBlob', 0, {})
  await appendBlock(context, at('log'), Buffer.from('x'), {})
  await putEmptyBlob(context, at('pages'), 'PageBlob', 1024, {})
  await putPages(context, at('pages'), { start: 0, end: 511 }, Buffer.alloc(512), {})
  await getPageRanges(context, at('pages'), {})
  await openBlob(context, at('a'), {})
  await copyWithin(context, at('a'), at('copy'), { sourceUrl: 'x' })
  const options = { prefix: 'a', delimiter: '/', limit: 2, after: undefined, include: everything }
  await listBlobs(context, box, options)
  await listBlobs(context, box, { ...options, after: { name: 'a', moment: Number.MAX_SAFE_INTEGER } })
  await listContainers(context, account, 'b', { name: 'b', gone: 0 }, 5, 'deleted')
  const query = [{ kind: 'compare', key: 't', operator: '=', value: '1' }] as const
  await engine.database.read((snapshot) => findByTags(snapshot, account, 'box', query, 5, undefined))
  await deleteBlob(context, at('a'), {})
  await undeleteBlob(context, at('copy'), {})
  await maintain(context)
  assert.ok(statements.size > 25)
  const ofAllContainers = /FROM storage_blob_container$|DISTINCT account/
  for (const [sql, values] of statements) {
    if (ofAllContainers.test(sql)) continue
    const plan = await original.database.read((snapshot) =>
      snapshot.all<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`, ...values),
    )
    for (const { detail } of plan) {
      assert.doesNotMatch(detail, /TEMP B-TREE/, sql)
      if (/^SCAN (?!CONSTANT)/.test(detail)) assert.match(detail, /INDEX storage_blob_container_gone/, sql)
    }
  }
})
