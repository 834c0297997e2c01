import assert from 'node:assert/strict'
import { parseFilter, type TableStore } from '../../src/table/index.ts'
import { people } from './table-bench.ts'

/** What children said before they were killed, by row keys, and whether the store still knows. */
export class TableWitness {
  readonly #singles = new Set<string>()
  readonly #groups = new Set<string>()
  readonly #failed = new Set<string>()
  /** The numbers that entities were given; -1 = deleted. */
  readonly #acknowledged = new Map<string, number>()
  /** What was tried after that and may have happened. */
  readonly #tried = new Map<string, number>()
  readonly #pairs: (readonly [string, string])[] = []
  facts = 0

  hear(line: string): void {
    const [verb, name = '', second = '', third = ''] = line.split(' ')
    this.facts++
    if (verb === 'single') this.#singles.add(name)
    else if (verb === 'group') this.#groups.add(name)
    else if (verb === 'failed') this.#failed.add(name)
    else if (verb === 'trying') this.#tried.set(name, Number(second))
    else if (verb === 'stored') this.#acknowledged.set(name, Number(second))
    else if (verb === 'pair') this.#hearPair(name, second, Number(third))
    else assert.fail(line)
  }

  #hearPair(first: string, second: string, number: number): void {
    if (!this.#acknowledged.has(first)) this.#pairs.push([first, second])
    for (const name of [first, second]) this.#acknowledged.set(name, number)
  }

  async check(store: TableStore): Promise<void> {
    const numbers = new Map<string, number>()
    const inserted = new Set<string>()
    for await (const { partitionKey, rowKey, properties } of store.queryAll(people, everything))
      if (partitionKey === 'changed') numbers.set(rowKey, checkedNumber(rowKey, properties))
      else inserted.add(rowKey)
    this.#checkInserts(inserted)
    for (const [name, number] of this.#acknowledged) {
      const found = numbers.get(name) ?? -1
      assert.ok(found === number || found === this.#tried.get(name), `${name} is ${found}, not ${number}`)
    }
    for (const [first, second] of this.#pairs) assert.equal(numbers.get(first), numbers.get(second), first)
  }

  #checkInserts(inserted: ReadonlySet<string>): void {
    for (const rowKey of this.#singles) assert.ok(inserted.has(rowKey), rowKey)
    const sizes = new Map<string, number>()
    for (const rowKey of inserted) {
      const [group = '', index] = rowKey.split('/')
      if (index !== undefined) sizes.set(group, (sizes.get(group) ?? 0) + 1)
    }
    for (const group of this.#groups) assert.equal(sizes.get(group), 20, group)
    for (const group of this.#failed) assert.equal(sizes.get(group), undefined, group)
    for (const [group, size] of sizes) assert.equal(size, 20, group)
  }
}

const everything = { filter: parseFilter("PartitionKey ge ''") }

/** The number of an entity, whose text belongs to it. */
function checkedNumber(rowKey: string, text: string): number {
  const properties = JSON.parse(`{${text}}`) as { readonly number: number; readonly text?: string }
  const { number, text: filling = '' } = properties
  if (properties.text !== undefined) assert.equal(filling.length, number % 3000, rowKey)
  return number
}
