import assert from 'node:assert/strict'
import fc from 'fast-check'
import { type EntityQuery, parseFilter, type StoredEntity } from '../../src/table/index.ts'
import { key, people, properties, type TableBench, testTables } from './table-bench.ts'

async function fill(
  { store }: TableBench,
  partitions: readonly string[],
  rows: readonly string[],
): Promise<void> {
  for (const partition of partitions)
    await store.transaction(
      people,
      rows.map((row, index) => ({ kind: 'insert', ...key(partition, row), properties: `"N":${index}` })),
    )
}

async function all({ store }: TableBench, query: EntityQuery): Promise<string[]> {
  const entities: StoredEntity[] = []
  for await (const entity of store.queryAll(people, query)) entities.push(entity)
  return entities.map(({ partitionKey, rowKey }) => `${partitionKey}/${rowKey}`)
}

const letters = ['', 'a', 'b', 'ba', 'c', '\ufb00', '😀']

testTables('pages follow each other in the order of UTF-16 units', async (bench) => {
  await fill(bench, letters, letters)
  const sorted = [...letters].sort()
  const expected = sorted.flatMap((partition) => sorted.map((row) => `${partition}/${row}`))
  for (const top of [1, 5, 48, 49, 50]) assert.deepEqual(await all(bench, { top }), expected)
})

testTables(
  'whatever the filter and the size of pages, a query finds what a walk over all rows finds',
  async (bench) => {
    const partitions = ['a', 'b', 'ba', 'c']
    await fill(bench, partitions, partitions)
    const names = fc.constantFrom('PartitionKey', 'RowKey')
    const term = fc
      .tuple(
        names,
        fc.constantFrom('eq', 'ne', 'gt', 'ge', 'lt', 'le'),
        fc.constantFrom(...letters.slice(0, 5)),
      )
      .map(([name, operator, text]) => `${name} ${operator} '${text}'`)
    const terms = fc.oneof(term, fc.constant('N ge 2'))
    const filter = fc
      .array(fc.array(terms, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 })
      .map((alternatives) => alternatives.map((each) => `(${each.join(' and ')})`).join(' or '))
    await fc.assert(
      fc.asyncProperty(filter, fc.integer({ min: 1, max: 20 }), async (text, top) => {
        // A filter that is always true besides cannot be answered by seeking.
        const walked = await all(bench, { filter: parseFilter(`not (Missing eq 1 or not (${text}))`) })
        assert.deepEqual(await all(bench, { filter: parseFilter(text), top }), walked)
      }),
      { numRuns: 150 },
    )
  },
)

testTables('what every object has is no property of an entity', async (bench) => {
  await fill(bench, ['p'], ['r'])
  assert.deepEqual(await all(bench, { filter: parseFilter('toString ne 1') }), [])
})

testTables('a signature limits a query to its keys', async (bench) => {
  await fill(bench, ['a', 'b', 'c'], ['1', '2', '3'])
  const found = await all(bench, { from: key('a', '2'), until: { partitionKey: 'b', rowKey: '2' }, top: 2 })
  assert.deepEqual(found, ['a/2', 'a/3', 'b/1', 'b/2'])
  assert.deepEqual(await all(bench, { until: { partitionKey: 'a', rowKey: undefined } }), [
    'a/1',
    'a/2',
    'a/3',
  ])
})

testTables('a page holds 1000 entities or 4 MiB', async (bench) => {
  const { store } = bench
  const big = properties(
    Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`P${index}`, 'x'.repeat(32_000)])),
  )
  for (let index = 0; index < 12; index++)
    await store.insert(people, key('big', String(index).padStart(2, '0')), big)
  const rows = Array.from({ length: 1001 }, (_, index) => String(index).padStart(4, '0'))
  await fill(bench, ['many'], rows)
  const page = await store.query(people, { filter: parseFilter("PartitionKey eq 'big'") })
  assert.deepEqual([page.entities.length, page.next], [10, key('big', '10')])
  const many = await store.query(people, { filter: parseFilter("PartitionKey eq 'many'"), top: 5000 })
  assert.deepEqual([many.entities.length, many.next], [1000, key('many', '1000')])
})

testTables('a page ends in time although little was found', async (bench) => {
  await fill(
    bench,
    ['p'],
    Array.from({ length: 1200 }, (_, index) => String(index).padStart(4, '0')),
  )
  // Ten seconds pass with every look at the clock.
  let elapsed = 0
  const clock = { elapsed: () => (elapsed += 10_000) }
  const { readPage } = await import('../../src/table/store/query.ts')
  const page = await bench.engine.database.read((snapshot) =>
    readPage(snapshot, 1, { filter: parseFilter('N eq 1100') }, clock),
  )
  assert.deepEqual(page, { entities: [], next: key('p', '0499\u0000') })
  assert.deepEqual(await all(bench, { from: page.next, filter: parseFilter('N eq 1100') }), ['p/1100'])
})

testTables(
  'filters on keys seek in the index, those on other properties within its bounds',
  async ({ engine }) => {
    const planOf = (sql: string) =>
      engine.database.read(async (snapshot) => {
        const steps = await snapshot.all<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
        return steps.map(({ detail }) => detail).join('; ')
      })
    const select = 'SELECT partition_key, row_key, stamp, properties FROM table_entity WHERE table_id = 1'
    const order = 'ORDER BY partition_key, row_key LIMIT 10'
    assert.equal(
      await planOf(`${select} AND partition_key = 'a' AND row_key >= 'b' AND row_key < 'c' ${order}`),
      'SEARCH table_entity USING INDEX table_entity_key (table_id=? AND partition_key=? AND row_key>? AND row_key<?)',
    )
    assert.equal(
      await planOf(`${select} AND (partition_key, row_key) >= ('a', 'b') AND partition_key < 'c' ${order}`),
      'SEARCH table_entity USING INDEX table_entity_key (table_id=? AND (partition_key,row_key)>(?,?) AND partition_key<?)',
    )
  },
)
