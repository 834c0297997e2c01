/** What the workers of apps registered when they started last, kept so that the next host need not start any. */
import type { Engine, Migration } from '@aloft/engine'
import type { InitializedMessage } from '@aloft/wire'
import { hostVersion } from '../version.ts'

/** Counts up when what is kept means something else than before. */
const format = 1

const migration: Migration = {
  service: 'functions_index',
  steps: [
    `CREATE TABLE functions_index (
      host_id TEXT PRIMARY KEY,
      fingerprint TEXT NOT NULL,
      registration TEXT NOT NULL
    )`,
  ],
}

/** What is kept of a worker that started without an error. */
export type Registration = Pick<InitializedMessage, 'functions' | 'capabilities'>

export class IndexCache {
  readonly #database: Engine['database']
  #migrating: Promise<void> | undefined

  constructor({ database }: Pick<Engine, 'database'>) {
    this.#database = database
  }

  /** What the app registered; undefined when its files were others (`fingerprint`), or the program was. */
  async find(hostId: string, fingerprint: string): Promise<Registration | undefined> {
    await this.#ready()
    const sql = 'SELECT registration FROM functions_index WHERE host_id = ? AND fingerprint = ?'
    const row = await this.#database.read((snapshot) =>
      snapshot.get<{ registration: string }>(sql, hostId, stampOf(fingerprint)),
    )
    return row && (JSON.parse(row.registration) as Registration)
  }

  async store(hostId: string, fingerprint: string, registration: Registration): Promise<void> {
    await this.#ready()
    const { functions, capabilities } = registration
    const sql = `INSERT INTO functions_index (host_id, fingerprint, registration) VALUES (?, ?, ?)
      ON CONFLICT (host_id) DO UPDATE SET
        fingerprint = excluded.fingerprint, registration = excluded.registration`
    await this.#database.write((transaction) =>
      transaction.run(sql, hostId, stampOf(fingerprint), JSON.stringify({ functions, capabilities })),
    )
  }

  #ready(): Promise<void> {
    this.#migrating ??= this.#database.migrate(migration)
    return this.#migrating
  }
}

/** The same files may register other functions under another program. */
function stampOf(fingerprint: string): string {
  return [fingerprint, format, hostVersion, process.version].join(' ')
}

/** Whether two workers registered the same; in which order does not matter. */
export function isSameRegistration(one: Registration, other: Registration): boolean {
  return textOf(one) === textOf(other)
}

function textOf({ functions }: Registration): string {
  return JSON.stringify(functions.map((metadata) => JSON.stringify(metadata)).sort())
}
