import type { Connection } from './connection.ts'

/** Numbers to be added to columns of the row `id` by `sql`, whose last placeholder is the id. */
export interface LateSum {
  readonly sql: string
  readonly id: number
  readonly values: readonly number[]
}

/** Sums up for a whole batch what its transactions add to the same rows, so that each row is changed once. */
export class LateSums {
  readonly #sums = new Map<string, Map<number, number[]>>()

  add({ sql, id, values }: LateSum): void {
    const rows = this.#sums.get(sql) ?? new Map<number, number[]>()
    this.#sums.set(sql, rows)
    const sum = rows.get(id)
    if (sum) for (const [index, value] of values.entries()) sum[index] = (sum[index] ?? 0) + value
    else rows.set(id, [...values])
  }

  /** What is still to be added to a row. */
  get(sql: string, id: number): readonly number[] | undefined {
    return this.#sums.get(sql)?.get(id)
  }

  apply(connection: Connection): void {
    for (const [sql, rows] of this.#sums) for (const [id, sum] of rows) connection.run(sql, ...sum, id)
    this.#sums.clear()
  }
}
