/**
 * Writes entities with all its might until it is killed, and says on its standard output what was acknowledged.
 * Arguments: folder, a prefix for row keys.
 */
import { openEngine } from '@aloft/engine'
import { Logger, systemClock } from '@aloft/kernel'
import { tableService } from '../../src/table/index.ts'
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
    process.stdout.write(`single ${rowKey} .\n`)
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
      process.stdout.write(`group ${group} .\n`)
    } catch {
      process.stdout.write(`failed ${group} .\n`)
    }
  }
}

await Promise.all([insertOneByOne(1), insertOneByOne(2), insertTogether(3), insertTogether(4)])
