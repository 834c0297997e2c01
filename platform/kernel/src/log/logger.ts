/** Structured logging. Categories and levels are those of the Functions host (host.json `logging.logLevel`). */
import type { Clock } from '../clock.ts'
import { redact, redactError, redactFields } from './redact.ts'

export const logLevels = ['trace', 'debug', 'information', 'warning', 'error', 'critical', 'none'] as const
export type LogLevel = (typeof logLevels)[number]

const rank = Object.fromEntries(logLevels.map((level, index) => [level, index])) as Record<LogLevel, number>

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
  /** Whether it wants such records; saves making those that nobody wants. Absent = all. */
  isEnabled?(level: LogLevel, category: string): boolean
  /** Resolves when everything written so far has reached its destination. */
  flush?(): Promise<void>
}

export interface LogDetail {
  readonly error?: Error | undefined
  readonly fields?: Readonly<Record<string, unknown>>
  /** Fields that the host made itself (ids, counts): they are not looked through for secrets. */
  readonly ids?: Readonly<Record<string, string | number>>
  /** The message is made of names and ids only: it is not looked through for secrets. */
  readonly isClean?: boolean
}

/** `true` when `level` is at or above `minimum`. */
export function isAtLeast(level: LogLevel, minimum: LogLevel): boolean {
  return rank[level] >= rank[minimum]
}

/** Writes to one category. Secrets are taken out of messages, fields and errors before a sink sees them. */
export class Logger {
  readonly category: string
  readonly #sinks: readonly LogSink[]
  readonly #clock: Clock
  readonly #fields: Readonly<Record<string, unknown>>

  constructor(
    clock: Clock,
    sinks: readonly LogSink[],
    category = 'Host',
    fields: Readonly<Record<string, unknown>> = {},
  ) {
    this.#clock = clock
    this.#sinks = sinks
    this.category = category
    this.#fields = redactFields(fields)
  }

  /** A logger of another category with the same sinks; `fields` are added to the current ones. */
  child(category: string, fields: Record<string, unknown> = {}): Logger {
    return new Logger(this.#clock, this.#sinks, category, { ...this.#fields, ...fields })
  }

  /** The same logger with one more sink; it and its children write to all of them. */
  withSink(sink: LogSink): Logger {
    return new Logger(this.#clock, [...this.#sinks, sink], this.category, this.#fields)
  }

  /** Whether anybody wants records of `level`: for callers to whom the message itself is work. */
  isEnabled(level: LogLevel): boolean {
    return this.#sinks.some((sink) => sink.isEnabled?.(level, this.category) ?? true)
  }

  write(level: LogLevel, message: string, detail: LogDetail = {}): void {
    let record: LogRecord | undefined
    for (const sink of this.#sinks) {
      if (sink.isEnabled && !sink.isEnabled(level, this.category)) continue
      record ??= {
        time: this.#clock.now(),
        level,
        category: this.category,
        message: detail.isClean ? message : redact(message),
        fields: this.#fieldsWith(detail),
        error: detail.error && redactError(detail.error),
      }
      sink.write(record)
    }
  }

  #fieldsWith({ fields, ids }: LogDetail): Readonly<Record<string, unknown>> {
    if (!fields) return ids ? { ...this.#fields, ...ids } : this.#fields
    return { ...this.#fields, ...redactFields(fields), ...ids }
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
