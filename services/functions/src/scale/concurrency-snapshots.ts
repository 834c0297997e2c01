/**
 * What was found out about the concurrency of an app's functions, kept for the next start. The text is that of the
 * blob `azure-webjobs-hosts/concurrency/<host id>/concurrencyStatus.json` on Azure.
 */
import type { Engine, Migration } from '@aloft/engine'

export interface ConcurrencySnapshot {
  readonly coreCount: number
  /** By the function's name. */
  readonly concurrencies: ReadonlyMap<string, number>
}

const migration: Migration = {
  service: 'functions_concurrency',
  steps: [
    `CREATE TABLE functions_concurrency (
      host_id TEXT PRIMARY KEY,
      snapshot TEXT NOT NULL
    )`,
  ],
}

const idPrefix = 'Host.Functions.'

export class ConcurrencySnapshots {
  readonly #database: Engine['database']
  readonly #hostId: string

  constructor({ database }: Pick<Engine, 'database'>, hostId: string) {
    this.#database = database
    this.#hostId = hostId
  }

  /** Undefined when there is none that makes sense. */
  async read(): Promise<ConcurrencySnapshot | undefined> {
    await this.#database.migrate(migration)
    const row = await this.#database.read((snapshot) =>
      snapshot.get<{ snapshot: string }>(
        'SELECT snapshot FROM functions_concurrency WHERE host_id = ?',
        this.#hostId,
      ),
    )
    return row && parseSnapshot(row.snapshot)
  }

  /** @param time milliseconds since 1970 */
  async write(snapshot: ConcurrencySnapshot, time: number): Promise<void> {
    await this.#database.write((transaction) =>
      transaction.run(
        `INSERT INTO functions_concurrency (host_id, snapshot) VALUES (?, ?)
         ON CONFLICT (host_id) DO UPDATE SET snapshot = excluded.snapshot`,
        this.#hostId,
        formatSnapshot(snapshot, time),
      ),
    )
  }
}

function formatSnapshot({ coreCount, concurrencies }: ConcurrencySnapshot, time: number): string {
  const functions = [...concurrencies].map(([name, concurrency]) => [
    `${idPrefix}${name}`,
    { Concurrency: concurrency },
  ])
  return JSON.stringify({
    Timestamp: new Date(time).toISOString(),
    NumberOfCores: coreCount,
    FunctionSnapshots: Object.fromEntries(functions),
  })
}

function parseSnapshot(text: string): ConcurrencySnapshot | undefined {
  const { NumberOfCores, FunctionSnapshots } = JSON.parse(text) as Record<string, unknown>
  if (typeof NumberOfCores !== 'number' || NumberOfCores < 1) return undefined
  const entries = Object.entries(FunctionSnapshots ?? {}).flatMap(([id, value]) => {
    const concurrency = (value as { Concurrency?: unknown } | null)?.Concurrency
    const isSound = id.startsWith(idPrefix) && Number.isInteger(concurrency) && Number(concurrency) >= 1
    return isSound ? [[id.slice(idPrefix.length), Number(concurrency)] as const] : []
  })
  return { coreCount: NumberOfCores, concurrencies: new Map(entries) }
}
