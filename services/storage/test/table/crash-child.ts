/**
 * Writes, merges and deletes entities with all its might until it is killed, and says on its standard output what
 * was acknowledged, and before each change of an entity what it is about to do. Arguments: folder, a prefix for row
 * keys.
 */
import { openEngine } from '@aloft/engine'
import { say } from '@aloft/engine/testing'
import { Logger, systemClock } from '@aloft/kernel'
import { type EntityChange, tableService } from '../../src/table/index.ts'
import { key, people } from './table-bench.ts'

const [directory = '', prefix = ''] = process.argv.slice(2)
const log = new Logger(systemClock, [])
const engine = await openEngine({ directory, clock: systemClock, log })
const { store } = await tableService({ engine, clock: systemClock, log })
await store.tables.createIfMissing(people)

async function insertOneByOne(worker: number): Promise<never> {
  for (let number = 0; ; number++) {
    const rowKey = `${prefix}-${worker}-${number}`
    await store.change(people, { kind: 'insert', ...key('single', rowKey), properties: '"A":1' })
    say('single', rowKey)
  }
}

/** Twenty at a time; the last change of every third transaction fails. */
async function insertTogether(worker: number): Promise<never> {
  for (let number = 0; ; number++) {
    const group = `${prefix}-${worker}-${number}`
    const changes = Array.from({ length: 20 }, (_, index) => ({
      kind: 'insert' as const,
      ...key('group', number % 3 === 0 && index === 19 ? `${group}/0` : `${group}/${index}`),
      properties: '',
    }))
    try {
      await store.transaction(people, changes)
      say('group', group)
    } catch {
      say('failed', group)
    }
  }
}

/** A few entities, merged and replaced over and over, now and then deleted. */
async function change(worker: number): Promise<never> {
  for (let number = 0; ; number++) {
    const rowKey = `${prefix}-${worker}-${number % 5}`
    const kind = number % 2 === 0 ? 'merge' : 'replace'
    const properties = `"number":${number},"text":"${'x'.repeat(number % 3000)}"`
    say('trying', rowKey, number)
    await store.change(people, { kind, ...key('changed', rowKey), properties, ifMatch: undefined })
    say('stored', rowKey, number)
    if (number % 7 !== 6) continue
    say('trying', rowKey, -1)
    await store.delete(people, key('changed', rowKey))
    say('stored', rowKey, -1)
  }
}

/** Two entities that are always changed, and now and then deleted, together. */
async function changeTogether(worker: number): Promise<never> {
  const names = [`${prefix}-${worker}-a`, `${prefix}-${worker}-b`]
  for (let number = 0; ; number++) {
    const isDelete = number % 4 === 3
    const properties = `"number":${number}`
    const changes = names.map(
      (rowKey): EntityChange =>
        isDelete
          ? { kind: 'delete', ...key('changed', rowKey), ifMatch: '*' }
          : { kind: 'merge', ...key('changed', rowKey), properties, ifMatch: undefined },
    )
    const outcome = isDelete ? -1 : number
    for (const name of names) say('trying', name, outcome)
    await store.transaction(people, changes)
    say('pair', ...names, outcome)
  }
}

await Promise.all([
  insertOneByOne(1),
  insertOneByOne(2),
  insertTogether(3),
  insertTogether(4),
  change(5),
  change(6),
  changeTogether(7),
  changeTogether(8),
])
