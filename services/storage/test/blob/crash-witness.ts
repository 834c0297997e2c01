import assert from 'node:assert/strict'
import type { Engine } from '@aloft/engine'
import type { BlobStore } from '../../src/blob/blob-store.ts'
import { blockId, contentOf, lineOf, numberOf, runBytes, runsPerBlob, testAddress } from './crash-content.ts'
import { contextOf, getBlockList, putBlockList } from './crash-verbs.ts'

/** What children said before they were killed, by the names of blobs, and whether the store still knows. */
export class BlobWitness {
  /** Numbers of contents; -1 = deleted. */
  readonly #acknowledged = new Map<string, number>()
  /** What was tried after that and may have happened. */
  readonly #tried = new Map<string, number>()
  readonly #staged = new Map<string, number>()
  readonly #appended = new Map<string, number>()
  /** Which bytes each run of pages may have. */
  readonly #paged = new Map<string, Set<number>[]>()
  facts = 0

  hear(line: string): void {
    const [verb, name = '', ...numbers] = line.split(' ')
    const [number = Number.NaN, fill = Number.NaN] = numbers.map(Number)
    this.facts++
    if (verb === 'trying') this.#tried.set(name, number)
    else if (verb === 'stored') this.#acknowledged.set(name, number)
    else if (verb === 'staged') this.#staged.set(name, number)
    else if (verb === 'appended') this.#appended.set(name, number)
    else if (verb === 'paging') this.#runsOf(name)[number]!.add(fill)
    else if (verb === 'paged') this.#runsOf(name)[number] = new Set([fill])
    else assert.fail(line)
  }

  #runsOf(name: string): Set<number>[] {
    const runs = this.#paged.get(name) ?? Array.from({ length: runsPerBlob }, () => new Set([0]))
    this.#paged.set(name, runs)
    return runs
  }

  async check(engine: Engine, store: BlobStore): Promise<void> {
    await this.#commitStaged(engine, store)
    for (const [name, number] of this.#acknowledged) {
      const content = await read(store, name)
      const found = content ? numberOf(name, content) : -1
      assert.ok(found === number || found === this.#tried.get(name), `${name} is ${found}, not ${number}`)
    }
    for (const [name, number] of this.#appended) {
      const lines = (await read(store, name))?.toString().split('\n').slice(0, -1) ?? []
      assert.ok(lines.length > number, `${name} has ${lines.length} lines after line ${number}`)
      for (const [index, line] of lines.entries())
        assert.equal(`${line}\n`, lineOf(index), `${name} ${index}`)
    }
    for (const [name, runs] of this.#paged) {
      const content = await read(store, name)
      for (const [index, fills] of runs.entries()) {
        const run = content?.subarray(index * runBytes(name), (index + 1) * runBytes(name))
        const first = run?.[0] ?? -1
        assert.ok(fills.has(first), `run ${index} of ${name} is filled with ${first}`)
        assert.ok(run?.every((byte) => byte === first))
      }
    }
  }

  /** What was staged is there, and can be committed; then it makes room. */
  async #commitStaged(engine: Engine, store: BlobStore): Promise<void> {
    const context = contextOf(engine)
    for (const [name, last] of this.#staged) {
      const address = { ...testAddress, name }
      const { uncommitted } = await getBlockList(context, address, {})
      const numbers = Array.from({ length: last + 1 }, (_, number) => number)
      const found = new Set(uncommitted.map(({ id }) => id))
      for (const number of numbers) assert.ok(found.has(blockId(number)), `${name} lacks block ${number}`)
      const references = numbers.map((number) => ({ id: blockId(number), from: 'uncommitted' as const }))
      await putBlockList(context, address, references, {})
      const expected = Buffer.concat(numbers.map((number) => contentOf(name, number)))
      assert.ok((await read(store, name))?.equals(expected), name)
      await store.delete(address)
    }
    this.#staged.clear()
  }
}

async function read(store: BlobStore, name: string): Promise<Buffer | undefined> {
  try {
    const { content } = await store.open({ ...testAddress, name })
    if (content instanceof Uint8Array) return Buffer.from(content)
    const chunks: Uint8Array[] = []
    for await (const chunk of content) chunks.push(chunk)
    return Buffer.concat(chunks)
  } catch (error) {
    if ((error as { code?: string }).code === 'BlobNotFound') return undefined
    throw error
  }
}
