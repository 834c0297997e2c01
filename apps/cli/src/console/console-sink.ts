/** Shows the log records of one app on the console. */
import type { LogRecord, LogSink } from '@aloft/kernel'
import type { Colors } from '../terminal.ts'
import type { ConsoleOutput } from './console-output.ts'
import { LevelFilter, type LevelRules } from './level-filter.ts'
import { recordFormatter } from './record-lines.ts'

export interface ConsoleSinkOptions {
  readonly output: ConsoleOutput
  readonly rules: LevelRules
  readonly colors: Colors
  /** Stands before every message, to tell apps apart that run side by side. */
  readonly label: string | undefined
}

export function consoleSink({ output, rules, colors, label }: ConsoleSinkOptions): LogSink {
  const filter = new LevelFilter(rules)
  const format = recordFormatter(colors, label)
  return {
    write(record: LogRecord) {
      if (filter.isShown(record)) output.print(format(record))
    },
    async flush() {
      output.flush()
    },
  }
}
