import type { Connection } from './connection.ts'
import { SqliteSnapshot } from './transaction.ts'

/** Idle connections to keep; more than that are in use only while long reads hold old states. */
const maxIdle = 3

/** One state of the database, held open by a read transaction. */
interface View {
  readonly connection: Connection
  readers: number
  /** No new readers; closes with the last one. */
  isRetired: boolean
}

/**
 * What readers see: always the last durable state, which may be older than the last commit while the disk is
 * busy. A state is held open from before it is replaced until a newer one is durable, so that nobody reads what a
 * power cut could take back, and nobody waits either.
 */
export class Snapshots {
  readonly #open: () => Connection
  readonly #idle: Connection[] = []
  readonly #views = new Map<number, View>()
  #isClosed = false

  constructor(open: () => Connection) {
    this.#open = open
  }

  /** Holds the state `version` open, which must be the last committed one unless it is held already. */
  hold(version: number): View {
    const held = this.#views.get(version)
    if (held) return held
    const connection = this.#idle.pop() ?? this.#open()
    connection.run('BEGIN')
    // A read transaction sees the state as of its first read, not as of its BEGIN.
    connection.row('SELECT 1 FROM sqlite_schema LIMIT 1')
    const view: View = { connection, readers: 0, isRetired: false }
    this.#views.set(version, view)
    return view
  }

  /** Lets go of states before `version`, once their readers are done. */
  releaseBefore(version: number): void {
    for (const [held, view] of this.#views) {
      if (held >= version) continue
      this.#views.delete(held)
      view.isRetired = true
      if (view.readers === 0) this.#recycle(view)
    }
  }

  /** Runs `work` on the state `version`; the same condition as for `hold`. */
  async read<T>(version: number, work: (snapshot: SqliteSnapshot) => Promise<T> | T): Promise<T> {
    const view = this.hold(version)
    const snapshot = new SqliteSnapshot(view.connection)
    view.readers++
    try {
      return await work(snapshot)
    } finally {
      snapshot.end()
      view.readers--
      if (view.isRetired && view.readers === 0) this.#recycle(view)
    }
  }

  /** Closes all connections; those of reads that are still under way when these end. */
  close(): void {
    this.#isClosed = true
    this.releaseBefore(Number.POSITIVE_INFINITY)
    for (const connection of this.#idle.splice(0)) connection.close()
  }

  #recycle({ connection }: View): void {
    connection.run('COMMIT')
    if (this.#idle.length < maxIdle && !this.#isClosed) this.#idle.push(connection)
    else connection.close()
  }
}
