/** What the engine is measured against: the same rows by hand, everything in one thread, nothing in between. */
import { open } from 'node:fs/promises'
import { DatabaseSync, type StatementSync } from 'node:sqlite'

/** Plain `node:sqlite` with one transaction a batch; each commit waits for the disk (`synchronous=FULL`). */
export class RawDatabase {
  readonly #database: DatabaseSync

  constructor(file: string) {
    this.#database = new DatabaseSync(file)
    this.#database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -32768')
  }

  prepare(sql: string): StatementSync {
    return this.#database.prepare(sql)
  }

  exec(script: string): void {
    this.#database.exec(script)
  }

  transaction<T>(work: () => T): T {
    this.#database.exec('BEGIN IMMEDIATE')
    const result = work()
    this.#database.exec('COMMIT')
    return result
  }

  close(): void {
    this.#database.close()
  }
}

/** A queue as one would write it by hand: one table, one index, statements prepared once. */
export class RawQueue {
  readonly #database: RawDatabase
  readonly #insert: StatementSync
  readonly #select: StatementSync
  readonly #claim: StatementSync
  readonly #delete: StatementSync

  constructor(database: RawDatabase) {
    this.#database = database
    database.exec(`
      CREATE TABLE message (id INTEGER PRIMARY KEY AUTOINCREMENT, queue INTEGER, visible_at INTEGER,
        receipt INTEGER, dequeue_count INTEGER, enqueued_at INTEGER, expires_at INTEGER, headers TEXT, body BLOB);
      CREATE INDEX ready ON message (queue, visible_at)`)
    this.#insert = database.prepare(`INSERT INTO message
      (queue, visible_at, receipt, dequeue_count, enqueued_at, expires_at, headers, body)
      VALUES (1, ?, 0, 0, ?, NULL, ?, ?)`)
    this.#select = database.prepare(`SELECT * FROM message WHERE queue = 1 AND visible_at <= ?
      ORDER BY visible_at, id LIMIT +?`)
    this.#claim = database.prepare(
      'UPDATE message SET visible_at = ?, receipt = ?, dequeue_count = dequeue_count + 1 WHERE id = ?',
    )
    this.#delete = database.prepare('DELETE FROM message WHERE id = ? AND receipt = ?')
  }

  enqueue(body: Uint8Array, count: number): void {
    const now = Date.now()
    this.#database.transaction(() => {
      for (let i = 0; i < count; i++) this.#insert.run(now, now, '', body)
    })
  }

  claim(count: number): { readonly id: number; readonly receipt: number }[] {
    const now = Date.now()
    return this.#database.transaction(() =>
      this.#select.all(now, count).map(({ id, receipt }) => {
        const claim = { id: id as number, receipt: (receipt as number) + 1 }
        this.#claim.run(now + 30_000, claim.receipt, claim.id)
        return claim
      }),
    )
  }

  complete(claims: readonly { readonly id: number; readonly receipt: number }[]): void {
    this.#database.transaction(() => {
      for (const { id, receipt } of claims) this.#delete.run(id, receipt)
    })
  }
}

/** Writes a file and waits until its content is on the disk. */
export async function writeFileDurably(path: string, content: Uint8Array): Promise<void> {
  const file = await open(path, 'wx')
  await file.write(content)
  await file.datasync()
  await file.close()
}
