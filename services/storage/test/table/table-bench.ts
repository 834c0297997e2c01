/** Table Storage on a clock that stands still, without HTTP. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Engine, openEngine } from '@aloft/engine'
import { Logger } from '@aloft/kernel'
import { VirtualClock } from '@aloft/kernel/testing'
import type { StorageProtocol } from '../../src/contracts.ts'
import { type EdmValue, type Properties, type TableStore, tableService } from '../../src/table/index.ts'

export interface TableBench {
  readonly clock: VirtualClock
  readonly engine: Engine
  readonly protocol: StorageProtocol
  readonly store: TableStore
  /** Closes everything and opens it on the same data, with the clock at `time`. */
  reopen(time?: number): Promise<void>
}

export const people = { account: 'devstoreaccount1', table: 'people' }

/** Declares a test that gets tables of its own, among them an empty `people`. */
export function testTables(name: string, body: (bench: TableBench) => Promise<void>): void {
  test(name, async () => {
    const directory = await mkdtemp(join(tmpdir(), 'aloft-table-'))
    const bench = new OpenBench(directory)
    try {
      await bench.open()
      await bench.store.tables.create(people)
      await body(bench)
    } finally {
      await bench.close()
      await rm(directory, { recursive: true })
    }
  })
}

class OpenBench implements TableBench {
  readonly #directory: string
  clock = new VirtualClock()
  engine!: Engine
  protocol!: StorageProtocol
  store!: TableStore
  #closeService: (() => Promise<void>) | undefined

  constructor(directory: string) {
    this.#directory = directory
  }

  async open(): Promise<void> {
    const { clock } = this
    const log = new Logger(clock, [])
    this.engine = await openEngine({ directory: this.#directory, clock, log })
    const service = await tableService({ engine: this.engine, clock, log })
    this.protocol = service.protocol
    this.store = service.store
    this.#closeService = service.close
  }

  async close(): Promise<void> {
    await this.#closeService?.()
    await this.engine?.close()
  }

  async reopen(time?: number): Promise<void> {
    await this.close()
    this.clock = new VirtualClock(time ?? this.clock.now())
    await this.open()
  }
}

export function key(partitionKey: string, rowKey: string): { partitionKey: string; rowKey: string } {
  return { partitionKey, rowKey }
}

/** Texts, whole numbers (Int32), other numbers (Double) and booleans, by name. */
export function properties(values: Record<string, string | number | boolean | EdmValue>): Properties {
  return new Map(Object.entries(values).map(([name, value]) => [name, edm(value)]))
}

function edm(value: string | number | boolean | EdmValue): EdmValue {
  if (typeof value === 'object') return value
  if (typeof value === 'string') return { type: 'String', value }
  if (typeof value === 'boolean') return { type: 'Boolean', value }
  return Number.isInteger(value) ? { type: 'Int32', value } : { type: 'Double', value }
}

/** For `assert.rejects` and `assert.throws`: an error of the protocol. */
export function failsWith(code: string): { name: string; code: string } {
  return { name: 'StorageError', code }
}
