import type { Clock } from '@aloft/kernel'
import type { Lease, Leases, Migration, ReadTransaction, Transaction } from '../contracts.ts'
import { LeaseLost } from '../errors.ts'
import { connectionOf } from './transaction.ts'

/** A free lease keeps its row, with no owner, so that its epoch goes on growing. */
export const leaseMigration: Migration = {
  service: 'lease',
  steps: [
    `CREATE TABLE lease (
      name TEXT PRIMARY KEY,
      owner TEXT,
      epoch INTEGER NOT NULL,
      expires_at INTEGER NOT NULL
    ) WITHOUT ROWID`,
  ],
}

/** The same owner keeps its epoch only while the lease has not expired. */
const acquire = `INSERT INTO lease (name, owner, epoch, expires_at) VALUES (?1, ?2, 1, ?3)
  ON CONFLICT (name) DO UPDATE SET
    epoch = epoch + (owner IS NOT excluded.owner OR expires_at <= ?4),
    owner = excluded.owner,
    expires_at = excluded.expires_at
  WHERE owner IS NULL OR owner = excluded.owner OR expires_at <= ?4
  RETURNING epoch`

const isHeld = 'name = ? AND owner = ? AND epoch = ? AND expires_at > ?'

export class SqliteLeases implements Leases {
  readonly #clock: Clock

  constructor(clock: Clock) {
    this.#clock = clock
  }

  async acquire(
    transaction: Transaction,
    name: string,
    owner: string,
    durationMs: number,
  ): Promise<Lease | undefined> {
    const now = this.#clock.now()
    const expiresAt = Math.ceil(now + durationMs)
    const row = connectionOf(transaction).row<[number]>(acquire, name, owner, expiresAt, now)
    return row && { name, owner, epoch: row[0], expiresAt }
  }

  async renew(transaction: Transaction, lease: Lease, durationMs: number): Promise<Lease | undefined> {
    const { name, owner, epoch } = lease
    const now = this.#clock.now()
    const expiresAt = Math.ceil(now + durationMs)
    const sql = `UPDATE lease SET expires_at = ? WHERE ${isHeld}`
    const changes = connectionOf(transaction).run(sql, expiresAt, name, owner, epoch, now)
    return changes > 0 ? { name, owner, epoch, expiresAt } : undefined
  }

  async release(transaction: Transaction, { name, owner, epoch }: Lease): Promise<boolean> {
    const sql = `UPDATE lease SET owner = NULL WHERE ${isHeld}`
    return connectionOf(transaction).run(sql, name, owner, epoch, this.#clock.now()) > 0
  }

  async check(transaction: Transaction, lease: Lease): Promise<void> {
    const { name, owner, epoch } = lease
    const sql = `SELECT 1 FROM lease WHERE ${isHeld}`
    if (!connectionOf(transaction).row(sql, name, owner, epoch, this.#clock.now())) throw new LeaseLost(lease)
  }

  async get(snapshot: ReadTransaction, name: string): Promise<Lease | undefined> {
    const sql =
      'SELECT owner, epoch, expires_at FROM lease WHERE name = ? AND owner IS NOT NULL AND expires_at > ?'
    const row = connectionOf(snapshot).row<[string, number, number]>(sql, name, this.#clock.now())
    return row && { name, owner: row[0], epoch: row[1], expiresAt: row[2] }
  }
}
