import assert from 'node:assert/strict'
import { ChangeFailed, decodeProperties, etagOf } from '../../src/table/index.ts'
import { failsWith, key, people, properties, testTables } from './table-bench.ts'

const ann = key('p', 'ann')

testTables('an inserted entity can be read, and not inserted again', async ({ store }) => {
  const timestamp = await store.insert(people, ann, properties({ Age: 5 }))
  assert.deepEqual(await store.get(people, ann), { ...ann, timestamp, properties: '"Age":5' })
  await assert.rejects(store.insert(people, ann, properties({})), failsWith('EntityAlreadyExists'))
  assert.equal(await store.get(people, key('p', 'bob')), undefined)
})

testTables('replacing drops what was there, merging keeps it', async ({ store }) => {
  await store.put('replace', people, ann, properties({ Age: 5, Name: 'Ann' }))
  await store.put('merge', people, ann, properties({ Age: 6, City: 'Rome' }))
  const merged = await store.get(people, ann)
  assert.deepEqual(decodeProperties(merged!.properties), properties({ Age: 6, Name: 'Ann', City: 'Rome' }))
  await store.put('replace', people, ann, properties({ City: 'Oslo' }))
  assert.equal((await store.get(people, ann))!.properties, '"City":"Oslo"')
})

testTables('a change under a condition needs the entity and the ETag', async ({ store }) => {
  const none = properties({})
  await assert.rejects(store.put('replace', people, ann, none, '*'), failsWith('ResourceNotFound'))
  await assert.rejects(store.delete(people, ann), failsWith('ResourceNotFound'))
  const first = etagOf(await store.insert(people, ann, none))
  const second = etagOf(await store.put('merge', people, ann, none, first))
  assert.notEqual(first, second)
  for (const change of [
    () => store.put('replace', people, ann, none, first),
    () => store.put('merge', people, ann, none, first),
    () => store.delete(people, ann, first),
  ])
    await assert.rejects(change(), failsWith('UpdateConditionNotSatisfied'))
  await store.delete(people, ann, second)
  assert.equal(await store.get(people, ann), undefined)
})

testTables(
  'timestamps grow with every write, although the clock stands still or goes back',
  async (bench) => {
    const stamps: string[] = []
    for (let count = 0; count < 3; count++)
      stamps.push(await bench.store.put('merge', people, ann, properties({})))
    await bench.reopen(bench.clock.now() - 3_600_000)
    for (let count = 0; count < 3; count++)
      stamps.push(await bench.store.put('replace', people, ann, properties({})))
    assert.deepEqual(stamps, [...new Set(stamps)].sort())
    assert.match(stamps[0]!, /^2026-01-01T00:00:00\.\d{7}Z$/)
  },
)

testTables(
  'a transaction happens as a whole or not at all, and says which change failed',
  async ({ store }) => {
    await store.insert(people, key('p', 'c'), properties({}))
    const insert = (rowKey: string) => ({ kind: 'insert' as const, ...key('p', rowKey), properties: '' })
    await assert.rejects(store.transaction(people, [insert('a'), insert('b'), insert('c')]), (error) => {
      assert.ok(error instanceof ChangeFailed)
      assert.deepEqual([error.code, error.index], ['EntityAlreadyExists', 2])
      return true
    })
    assert.equal(await store.get(people, key('p', 'a')), undefined)
    const stamps = await store.transaction(people, [
      insert('a'),
      { kind: 'merge', ...key('p', 'c'), properties: '"A":1', ifMatch: '*' },
      { kind: 'delete', ...key('p', 'c'), ifMatch: '*' },
    ])
    assert.equal(stamps.length, 3)
    assert.equal((await store.get(people, key('p', 'a')))?.timestamp, stamps[0])
    assert.equal(await store.get(people, key('p', 'c')), undefined)
  },
)

testTables('names of tables ignore case, and each account has its own', async ({ store }) => {
  await assert.rejects(store.tables.create({ ...people, table: 'PEOPLE' }), failsWith('TableAlreadyExists'))
  await store.tables.create({ account: 'other', table: 'people' })
  await store.insert({ ...people, table: 'People' }, ann, properties({ Age: 1 }))
  assert.ok(await store.get(people, ann))
  assert.equal(await store.get({ account: 'other', table: 'people' }, ann), undefined)
})

testTables('a deleted table is gone at once, and its rows soon after', async (bench) => {
  const { store, engine } = bench
  const changes = Array.from({ length: 1200 }, (_, index) => ({
    kind: 'insert' as const,
    ...key('p', String(index)),
    properties: '',
  }))
  await store.transaction(people, changes)
  await store.tables.delete(people)
  await assert.rejects(store.get(people, ann), failsWith('TableNotFound'))
  await assert.rejects(store.insert(people, ann, properties({})), failsWith('TableNotFound'))
  await assert.rejects(store.query(people, {}), failsWith('TableNotFound'))
  await store.tables.create(people)
  await store.insert(people, ann, properties({}))
  assert.equal((await store.query(people, {})).entities.length, 1)
  await bench.reopen()
  await bench.clock.advance(0)
  const count = () =>
    bench.engine.database.read((snapshot) =>
      snapshot.get<{ n: number }>('SELECT count(*) AS n FROM table_entity'),
    )
  while ((await count())!.n > 1) await bench.engine.database.write(() => undefined)
  assert.equal((await bench.store.query(people, {})).entities.length, 1)
  assert.notEqual(engine, bench.engine)
})

testTables('tables are listed page by page', async ({ store }) => {
  const names = Array.from({ length: 12 }, (_, index) => `t${String(index).padStart(2, '0')}`)
  for (const table of names) await store.tables.create({ account: 'many', table })
  const first = await store.tables.list('many', 5)
  assert.deepEqual(first, { names: names.slice(0, 5), next: 't05' })
  const even = await store.tables.list('many', 5, first.next, (name) => Number(name.slice(1)) % 2 === 0)
  assert.deepEqual(even, { names: ['t06', 't08', 't10'], next: undefined })
})

testTables('the tables of an account go with it, and no others', async ({ store }) => {
  const other = { account: 'other', table: 'people' }
  await store.tables.create(other)
  await store.insert(people, ann, properties({}))
  await store.tables.removeAccount(other.account)
  assert.deepEqual((await store.tables.list(other.account, 10)).names, [])
  await assert.rejects(store.get(other, ann), failsWith('TableNotFound'))
  assert.ok(await store.get(people, ann))
})

testTables('policies are kept with their table', async ({ store }) => {
  const policy = { id: 'p', start: undefined, expiry: '2027-01-01', permissions: 'r' }
  assert.deepEqual(await store.tables.policies(people), [])
  await store.tables.setPolicies(people, [policy])
  assert.deepEqual(await store.tables.policies(people), [JSON.parse(JSON.stringify(policy))])
  assert.equal(await store.tables.policies({ ...people, table: 'nobody' }), undefined)
  await assert.rejects(
    store.tables.setPolicies({ ...people, table: 'nobody' }, []),
    failsWith('TableNotFound'),
  )
})
