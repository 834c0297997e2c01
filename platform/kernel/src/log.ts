/** Structured logging. Categories and levels are those of the Functions host (host.json `logging.logLevel`). */
import type { Clock } from './clock.ts'
import { redact } from './redact.ts'

export const logLevels = ['trace', 'debug', 'information', 'warning', 'error', 'critical', 'none'] as const
export type LogLevel = (typeof logLevels)[number]

export interface LogRecord {
  /** Milliseconds since 1970. */
  readonly time: number
  readonly level: LogLevel
  /** Dotted, e.g. `Function.HttpExample.User`, `Host.Triggers.Timer`. */
  readonly category: string
  readonly message: string
  /** Facts for machines: invocation id, app, trace id, event name. */
  readonly fields: Readonly<Record<string, unknown>>
  readonly error: Error | undefined
}

/** Receives records in order. Must not throw and must not block: buffer, then write. */
export interface LogSink {
  write(record: LogRecord): void
  /** Resolves when everything written so far has reached its destination. */
  flush?(): Promise<void>
}

/** `true` when `level` is at or above `minimum`. */
export function isAtLeast(level: LogLevel, minimum: LogLevel): boolean {
  return logLevels.indexOf(level) >= logLevels.indexOf(minimum)
}

/** Writes to one category. Secrets are taken out of every message before a sink sees it. */
export class Logger {
  readonly category: string
  readonly #sinks: readonly LogSink[]
  readonly #clock: Clock
  readonly #fields: Readonly<Record<string, unknown>>

  constructor(
    clock: Clock,
    sinks: readonly LogSink[],
    category = 'Host',
    fields: Record<string, unknown> = {},
  ) {
    this.#clock = clock
    this.#sinks = sinks
    this.category = category
    this.#fields = fields
  }

  /** A logger of another category with the same sinks; `fields` are added to the current ones. */
  child(category: string, fields: Record<string, unknown> = {}): Logger {
    return new Logger(this.#clock, this.#sinks, category, { ...this.#fields, ...fields })
  }

  write(
    level: LogLevel,
    message: string,
    detail: { error?: Error; fields?: Record<string, unknown> } = {},
  ): void {
    const record: LogRecord = {
      time: this.#clock.now(),
      level,
      category: this.category,
      message: redact(message),
      fields: detail.fields ? { ...this.#fields, ...detail.fields } : this.#fields,
      error: detail.error,
    }
    for (const sink of this.#sinks) sink.write(record)
  }

  trace(message: string, fields?: Record<string, unknown>): void {
    this.write('trace', message, { fields })
  }
  debug(message: string, fields?: Record<string, unknown>): void {
    this.write('debug', message, { fields })
  }
  info(message: string, fields?: Record<string, unknown>): void {
    this.write('information', message, { fields })
  }
  warn(message: string, fields?: Record<string, unknown>): void {
    this.write('warning', message, { fields })
  }
  error(message: string, error?: Error, fields?: Record<string, unknown>): void {
    this.write('error', message, { error, fields })
  }
}
