/** The engine's database and leases in memory, for hosts that may die at any time: as durable as a disk, and as slow. */
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import {
  type Database,
  type Engine,
  type Lease,
  LeaseLost,
  type Leases,
  type ReadTransaction,
  type SqlValue,
  type Transaction,
} from '@aloft/engine'
import { durableMigration } from '../../src/engine/schema.ts'
import type { Host, World } from './world.ts'

interface Write {
  readonly work: (transaction: Transaction) => unknown
  readonly resolve: (value: never) => void
  readonly reject: (error: unknown) => void
}

interface Written {
  readonly tell: (() => void)[]
  readonly actions: (() => void)[]
}

const tables = ['hub', 'instance', 'turn', 'message', 'payload', 'dead_letter'].map(
  (name) => `durable_${name}`,
)
const leaseTable = `CREATE TABLE lease (name TEXT PRIMARY KEY, owner TEXT, epoch INTEGER NOT NULL, expires INTEGER)`

/** What is stored outlives the hosts; it is emptied, not made anew, since that is most of the cost of a short run. */
export class MemoryStore {
  readonly #database = new DatabaseSync(':memory:')
  readonly #statements = new Map<string, StatementSync>()
  #listeners = new Map<string, Set<{ readonly host: Host; readonly tell: () => void }>>()

  constructor() {
    for (const step of durableMigration.steps) this.#database.exec(step)
    this.#database.exec(leaseTable)
  }

  clear(): void {
    for (const table of [...tables, 'lease']) this.#database.exec(`DELETE FROM ${table}`)
    this.#listeners = new Map()
  }

  all<Row>(sql: string, ...values: readonly SqlValue[]): Row[] {
    return this.#statement(sql).all(...values) as Row[]
  }

  /** @param failures how often a commit fails, from 0 to 1 */
  open(world: World, host: Host, failures: () => number): Engine {
    return { database: this.#databaseOf(world, host, failures), leases: this.#leases(world) } as Engine
  }

  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql)
    if (!statement) {
      statement = this.#database.prepare(sql)
      this.#statements.set(sql, statement)
    }
    return statement
  }

  get #reader(): ReadTransaction {
    return {
      get: async (sql, ...values) => this.#statement(sql).get(...values) as never,
      all: async (sql, ...values) => this.#statement(sql).all(...values) as never,
    }
  }

  #databaseOf(world: World, host: Host, failures: () => number): Database {
    let pending: Write[] = []
    /** Committed; whoever wrote it does not know yet. */
    let untold: Written | undefined
    const tell = () => {
      const written = untold
      untold = undefined
      if (!written) return
      for (const action of written.actions) action()
      for (const each of written.tell) each()
    }
    const commit = async () => {
      tell()
      const batch = pending
      pending = []
      if (world.random() < failures()) for (const { reject } of batch) reject(new Error('the disk is full'))
      else untold = await this.#commit(batch, world)
      world.begin(host, tell)
    }
    return {
      write: (work) =>
        new Promise((resolve, reject) => {
          if (pending.length === 0) world.begin(host, commit)
          pending.push({ work, resolve, reject })
        }),
      read: (work) =>
        new Promise((resolve, reject) => {
          world.begin(host, async () => {
            tell()
            await Promise.resolve(work(this.#reader)).then(resolve, reject)
          })
        }),
      migrate: async () => {},
      listen: (topic, told) => {
        const listener = { host, tell: told }
        const all = this.#listeners.get(topic) ?? new Set()
        this.#listeners.set(topic, all.add(listener))
        return () => all.delete(listener)
      },
      close: async () => {},
    }
  }

  async #commit(batch: readonly Write[], world: World): Promise<Written> {
    const tell: (() => void)[] = []
    const actions: (() => void)[] = []
    const topics = new Set<string>()
    this.#database.exec('BEGIN')
    for (const { work, resolve, reject } of batch) {
      const own: (() => void)[] = []
      const transaction: Transaction = {
        ...this.#reader,
        run: async (sql, ...values) => ({ changes: this.#statement(sql).run(...values).changes as number }),
        wake: (topic) => void topics.add(topic),
        afterCommit: (action) => void own.push(action),
      }
      this.#database.exec('SAVEPOINT work')
      try {
        const value = await work(transaction)
        this.#database.exec('RELEASE work')
        actions.push(...own)
        tell.push(() => resolve(value as never))
      } catch (error) {
        this.#database.exec('ROLLBACK TO work; RELEASE work')
        tell.push(() => reject(error))
      }
    }
    this.#database.exec('COMMIT')
    // Others hear of it even when the host dies now.
    for (const topic of topics)
      for (const { host, tell: told } of this.#listeners.get(topic) ?? []) world.begin(host, told)
    return { tell, actions }
  }

  #leases(world: World): Leases {
    type Row = { owner: string | null; epoch: number; expires: number }
    const find = (transaction: ReadTransaction, name: string) =>
      transaction.get<Row>('SELECT owner, epoch, expires FROM lease WHERE name = ?', name)
    const holds = (row: Row | undefined, { owner, epoch }: Lease) =>
      row?.owner === owner && row.epoch === epoch && row.expires > world.now
    const keep = (
      transaction: Transaction,
      name: string,
      owner: string | null,
      epoch: number,
      until: number,
    ) => transaction.run('INSERT OR REPLACE INTO lease VALUES (?, ?, ?, ?)', name, owner, epoch, until)
    return {
      async acquire(transaction, name, owner, durationMs) {
        const row = await find(transaction, name)
        const isHeld = row?.owner != null && row.expires > world.now
        if (isHeld && row.owner !== owner) return undefined
        const epoch = isHeld ? row.epoch : (row?.epoch ?? 0) + 1
        const expiresAt = world.now + durationMs
        await keep(transaction, name, owner, epoch, expiresAt)
        return { name, owner, epoch, expiresAt }
      },
      renew: async () => undefined,
      async release(transaction, lease) {
        const isHeld = holds(await find(transaction, lease.name), lease)
        if (isHeld) await keep(transaction, lease.name, null, lease.epoch, 0)
        return isHeld
      },
      async check(transaction, lease) {
        if (!holds(await find(transaction, lease.name), lease)) throw new LeaseLost(lease)
      },
      get: async () => undefined,
    }
  }
}
