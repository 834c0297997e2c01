import type { Database, Transaction } from '@aloft/engine'
import { Refusal } from './errors.ts'

type Work<T> = (transaction: Transaction) => Promise<T>

interface Item {
  readonly work: Work<unknown>
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
}

type Outcome = { readonly value: unknown } | { readonly refusal: Refusal }

/** The most that one transaction takes in: everybody else waits for it. */
const maxBatchSize = 256

/**
 * Puts everything that is ready at the same time into one write of the database. That saves a savepoint and a look at
 * the lease for each turn (`bench/durable-engine`). A `Refusal` concerns its own work only; when anything else goes
 * wrong all of it is undone, and each work is done by itself.
 */
export class WriteQueue {
  readonly #database: Database
  readonly #prove: Work<void> | undefined
  #items: Item[] = []

  /** @param prove throws when none of it may be written */
  constructor(database: Database, prove?: Work<void>) {
    this.#database = database
    this.#prove = prove
  }

  /** Resolves when the work is durable. It may be run again. */
  add<T>(work: Work<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#items.push({ work, resolve: resolve as (value: unknown) => void, reject })
      if (this.#items.length === 1) this.#write()
    })
  }

  #write(): void {
    let batch: Item[] | undefined
    // Until its turn comes others may join.
    const take = () => {
      if (batch) return batch
      batch = this.#items.splice(0, maxBatchSize)
      if (this.#items.length > 0) this.#write()
      return batch
    }
    this.#database
      .write(async (transaction) => {
        const items = take()
        await this.#prove?.(transaction)
        const outcomes: Outcome[] = []
        for (const { work } of items) outcomes.push(await attempt(work, transaction))
        return outcomes
      })
      .then(
        (outcomes) => settle(take(), outcomes),
        () => {
          for (const item of take()) this.#writeAlone(item)
        },
      )
  }

  #writeAlone({ work, resolve, reject }: Item): void {
    this.#database
      .write(async (transaction) => {
        await this.#prove?.(transaction)
        return await work(transaction)
      })
      .then(resolve, reject)
  }
}

async function attempt(work: Work<unknown>, transaction: Transaction): Promise<Outcome> {
  try {
    return { value: await work(transaction) }
  } catch (error) {
    if (error instanceof Refusal) return { refusal: error }
    throw error
  }
}

function settle(batch: readonly Item[], outcomes: readonly Outcome[]): void {
  batch.forEach(({ resolve, reject }, index) => {
    const outcome = outcomes[index]
    if (outcome && 'refusal' in outcome) reject(outcome.refusal)
    else resolve(outcome?.value)
  })
}
