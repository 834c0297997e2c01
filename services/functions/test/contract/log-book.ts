/** All that a host logged, for tests to look things up in. */
import type { LogRecord, LogSink } from '@aloft/kernel'

/** Finds records by a part of their message, or by a condition. */
export type LogQuery = string | RegExp | ((record: LogRecord) => boolean)

export class LogBook implements LogSink {
  readonly records: LogRecord[] = []
  readonly #waiting = new Set<(record: LogRecord) => void>()

  write(record: LogRecord): void {
    this.records.push(record)
    for (const look of [...this.#waiting]) look(record)
  }

  all(query: LogQuery): LogRecord[] {
    return this.records.filter(conditionOf(query))
  }

  /** The first record that fits; waits for it when it is not there yet. The test's own time limit ends the wait. */
  find(query: LogQuery): Promise<LogRecord> {
    const isMatch = conditionOf(query)
    const found = this.records.find(isMatch)
    if (found) return Promise.resolve(found)
    return new Promise((resolve) => {
      const look = (record: LogRecord) => {
        if (!isMatch(record)) return
        this.#waiting.delete(look)
        resolve(record)
      }
      this.#waiting.add(look)
    })
  }

  /** What the app itself logged in one function, in order. */
  userMessages(functionName: string): string[] {
    return this.all(({ category }) => category === `Function.${functionName}.User`).map(
      ({ message }) => message,
    )
  }
}

function conditionOf(query: LogQuery): (record: LogRecord) => boolean {
  if (typeof query === 'function') return query
  if (typeof query === 'string') return ({ message }) => message.includes(query)
  return ({ message }) => query.test(message)
}
