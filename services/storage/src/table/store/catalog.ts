/** The tables of an account. */
import type { Engine, ReadTransaction, Transaction } from '@aloft/engine'
import type { AccessPolicy } from '../../contracts.ts'
import { tableErrors } from '../errors.ts'

/** Names of tables ignore case. */
export interface TableAddress {
  readonly account: string
  readonly table: string
}

export interface TablePage {
  /** As they were created. */
  readonly names: readonly string[]
  /** Where the next page begins; undefined at the end. */
  readonly next: string | undefined
}

/** Woken when there are rows of deleted tables to remove. */
export const droppedTopic = 'table:dropped'

const whereNamed = 'WHERE account = ? AND name_key = ?'

/** @throws StorageError TableNotFound */
export async function requireTable(snapshot: ReadTransaction, address: TableAddress): Promise<number> {
  const id = await findTable(snapshot, address)
  if (id === undefined) throw tableErrors.TableNotFound()
  return id
}

async function findTable(
  snapshot: ReadTransaction,
  { account, table }: TableAddress,
): Promise<number | undefined> {
  const sql = `SELECT id FROM table_name ${whereNamed}`
  return (await snapshot.get<{ id: number }>(sql, account, table.toLowerCase()))?.id
}

/** Makes the table; false when there is one of that name. */
export async function addTable(transaction: Transaction, { account, table }: TableAddress): Promise<boolean> {
  const { changes } = await transaction.run(
    `INSERT INTO table_name (id, account, name_key, name, policies) SELECT next_id, ?, ?, ?, '[]' FROM table_counter
     WHERE true ON CONFLICT DO NOTHING`,
    account,
    table.toLowerCase(),
    table,
  )
  if (changes > 0) await transaction.run('UPDATE table_counter SET next_id = next_id + 1')
  return changes > 0
}

export class TableCatalog {
  readonly #database: Engine['database']

  constructor({ database }: Pick<Engine, 'database'>) {
    this.#database = database
  }

  /** @throws StorageError TableAlreadyExists */
  async create(address: TableAddress): Promise<void> {
    if (!(await this.createIfMissing(address))) throw tableErrors.TableAlreadyExists()
  }

  /** Whether it was missing. The name must be checked (`checkTableName`). */
  createIfMissing(address: TableAddress): Promise<boolean> {
    return this.#database.write((transaction) => addTable(transaction, address))
  }

  /** @throws StorageError TableNotFound */
  delete(address: TableAddress): Promise<void> {
    return this.#database.write(async (transaction) => {
      const id = await requireTable(transaction, address)
      await transaction.run('DELETE FROM table_name WHERE id = ?', id)
      await transaction.run('INSERT INTO table_dropped (id) VALUES (?)', id)
      transaction.wake(droppedTopic)
    })
  }

  exists(address: TableAddress): Promise<boolean> {
    return this.#database.read(async (snapshot) => (await findTable(snapshot, address)) !== undefined)
  }

  /**
   * Tables in the order of their names, ignoring case.
   * @param from where to begin: a page's `next`, or ''
   * @param accepts which names to list
   */
  async list(
    account: string,
    limit: number,
    from = '',
    accepts: (name: string) => boolean = () => true,
  ): Promise<TablePage> {
    const sql = 'SELECT name FROM table_name WHERE account = ? AND name_key >= ? ORDER BY name_key LIMIT ?'
    const names: string[] = []
    return await this.#database.read(async (snapshot) => {
      for (let next = from; ; ) {
        const rows = await snapshot.all<{ name: string }>(sql, account, next.toLowerCase(), chunkRows)
        const isLast = rows.length < chunkRows
        for (const { name } of isLast ? rows : rows.slice(0, -1)) {
          if (!accepts(name)) continue
          if (names.length === limit) return { names, next: name }
          names.push(name)
        }
        if (isLast) return { names, next: undefined }
        next = rows.at(-1)!.name
      }
    })
  }

  /** Undefined when there is no such table. */
  policies({ account, table }: TableAddress): Promise<readonly AccessPolicy[] | undefined> {
    return this.#database.read(async (snapshot) => {
      const sql = `SELECT policies FROM table_name ${whereNamed}`
      const row = await snapshot.get<{ policies: string }>(sql, account, table.toLowerCase())
      return row && (JSON.parse(row.policies) as readonly AccessPolicy[])
    })
  }

  /** @throws StorageError TableNotFound */
  setPolicies(address: TableAddress, policies: readonly AccessPolicy[]): Promise<void> {
    return this.#database.write(async (transaction) => {
      const id = await requireTable(transaction, address)
      const text = JSON.stringify(policies)
      await transaction.run('UPDATE table_name SET policies = ? WHERE id = ?', text, id)
    })
  }

  /** Deletes all tables of an account. */
  removeAccount(account: string): Promise<void> {
    return this.#database.write(async (transaction) => {
      const sql = 'INSERT INTO table_dropped (id) SELECT id FROM table_name WHERE account = ?'
      await transaction.run(sql, account)
      await transaction.run('DELETE FROM table_name WHERE account = ?', account)
      transaction.wake(droppedTopic)
    })
  }
}

/** Rows that are fetched at once. */
const chunkRows = 1001
