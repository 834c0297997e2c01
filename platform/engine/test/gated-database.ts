import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { type Clock, Logger } from '@aloft/kernel'
import { VirtualClock } from '@aloft/kernel/testing'
import { SqliteDatabase } from '../src/sqlite/database.ts'
import { temporaryDirectory } from './sqlite-backend.ts'

/** A database whose syncs wait until the test lets them. */
export class GatedDatabase {
  readonly database: SqliteDatabase
  readonly directory: string
  /** Syncs begun so far. */
  syncs = 0
  #isOpen = true
  #waiting: { readonly release: () => void; readonly fail: (error: Error) => void }[] = []

  private constructor(directory: string, clock: Clock | undefined) {
    this.directory = directory
    this.database = new SqliteDatabase({
      file: join(directory, 'engine.db'),
      log: new Logger(new VirtualClock(), []),
      clock,
      interceptSync: async (sync) => {
        this.syncs++
        if (!this.#isOpen)
          await new Promise<void>((resolve, reject) => {
            this.#waiting.push({ release: resolve, fail: reject })
          })
        await sync()
      },
    })
  }

  /**
   * With one table, `item (id INTEGER PRIMARY KEY, name TEXT)`, and the gate open.
   * @param clock by which batches wait for company; default: they do not
   */
  static async open(context: TestContext, clock?: Clock): Promise<GatedDatabase> {
    const gated = new GatedDatabase(await temporaryDirectory(), clock)
    context.after(async () => {
      gated.openGate()
      await gated.database.close()
      await rm(gated.directory, { recursive: true })
    })
    await gated.database.migrate({
      service: 'item',
      steps: ['CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT)'],
    })
    return gated
  }

  /** From now on each sync waits. */
  closeGate(): void {
    this.#isOpen = false
  }

  openGate(): void {
    this.#isOpen = true
    this.releaseSync()
  }

  /** Lets the sync that waits go on. */
  releaseSync(): void {
    for (const { release } of this.#waiting.splice(0)) release()
  }

  /** Lets the sync that waits fail. */
  failSync(error: Error): void {
    for (const { fail } of this.#waiting.splice(0)) fail(error)
  }

  /** Resolves when a sync waits. */
  async untilSyncing(): Promise<void> {
    while (this.#waiting.length === 0) await turn()
  }

  insert(id: number, name = 'x'): Promise<void> {
    return this.database.write(async (transaction) => {
      await transaction.run('INSERT INTO item (id, name) VALUES (?, ?)', id, name)
    })
  }

  async ids(): Promise<number[]> {
    const rows = await this.database.read((snapshot) =>
      snapshot.all<{ id: number }>('SELECT id FROM item ORDER BY id'),
    )
    return rows.map(({ id }) => id)
  }
}

/** Lets one turn of the event loop pass. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
