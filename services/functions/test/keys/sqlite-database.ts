/** The verbs of `Database` that the key store uses, on an SQLite database in memory. */
import { DatabaseSync } from 'node:sqlite'
import type { Database, Row, SqlValue, Transaction } from '@aloft/engine'

export function sqliteDatabase(): Database {
  const sqlite = new DatabaseSync(':memory:')
  const listeners = new Map<string, Set<() => void>>()
  const transaction = (woken: Set<string>): Transaction => ({
    get: async <T = Row>(sql: string, ...values: readonly SqlValue[]) =>
      sqlite.prepare(sql).get(...values) as T | undefined,
    all: async <T = Row>(sql: string, ...values: readonly SqlValue[]) =>
      sqlite.prepare(sql).all(...values) as T[],
    run: async (sql, ...values) => ({ changes: Number(sqlite.prepare(sql).run(...values).changes) }),
    wake: (topic) => woken.add(topic),
    afterCommit: (action) => action(),
  })
  return {
    async write(work) {
      const woken = new Set<string>()
      const result = await work(transaction(woken))
      for (const topic of woken) for (const listener of listeners.get(topic) ?? []) listener()
      return result
    },
    read: async (work) => work(transaction(new Set())),
    async migrate({ steps }) {
      const { user_version: version } = sqlite.prepare('PRAGMA user_version').get() as {
        user_version: number
      }
      for (const step of steps.slice(version)) sqlite.exec(step)
      sqlite.exec(`PRAGMA user_version = ${steps.length}`)
    },
    listen(topic, listener) {
      const set = listeners.get(topic) ?? new Set()
      listeners.set(topic, set.add(listener))
      return () => set.delete(listener)
    },
    close: async () => sqlite.close(),
  }
}
