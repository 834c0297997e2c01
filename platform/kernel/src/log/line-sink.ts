/** Log sinks that write lines. */
import { inspect } from 'node:util'
import type { LevelFilter } from './level-filter.ts'
import type { LineOutput } from './line-output.ts'
import type { LogLevel, LogRecord, LogSink } from './logger.ts'
import { formatTimestamp } from './timestamp.ts'

export interface LineSinkOptions {
  readonly output: LineOutput
  /** Absent: every record is written. */
  readonly filter?: LevelFilter
  /** The record as text that ends in a line break. */
  readonly format: (record: LogRecord) => string
}

/** A sink that writes records as `format` words them. */
export function lineSink({ output, filter, format }: LineSinkOptions): LogSink {
  return {
    isEnabled: (level, category) => filter?.isEnabled(level, category) ?? true,
    write: (record) => output.print(format(record)),
    async flush() {
      output.flush()
    },
  }
}

/** One JSON object a line, for machines: `time`, `level`, `category`, `message`, and `fields` and `error` if any. */
export function jsonLinesSink(options: Omit<LineSinkOptions, 'format'>): LogSink {
  return lineSink({ ...options, format: formatJsonLine })
}

function formatJsonLine({ time, level, category, message, fields, error }: LogRecord): string {
  const line = {
    time: formatTimestamp(time),
    level: levelNames[level],
    category,
    message,
    fields: hasEntries(fields) ? fields : undefined,
    error: error && { name: error.name, message: error.message, stack: error.stack },
  }
  try {
    return `${JSON.stringify(line)}\n`
  } catch {
    // Fields are whatever a service knows: a cycle or a bigint among them must not lose the record.
    return `${JSON.stringify({ ...line, fields: inspect(fields) })}\n`
  }
}

function hasEntries(fields: object): boolean {
  for (const _ in fields) return true
  return false
}

/** As .NET spells them. */
const levelNames: Readonly<Record<LogLevel, string>> = {
  trace: 'Trace',
  debug: 'Debug',
  information: 'Information',
  warning: 'Warning',
  error: 'Error',
  critical: 'Critical',
  none: 'None',
}
