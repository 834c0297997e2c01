/** Shows the log records of one app on the console. */
import type { LineOutput, LogSink } from '@aloft/kernel'
import type { Colors } from '../terminal.ts'
import type { LevelRules } from './level-rules.ts'
import { recordFormatter } from './record-lines.ts'

export interface ConsoleSinkOptions {
  readonly output: LineOutput
  readonly rules: LevelRules
  readonly colors: Colors
  /** Stands before every message, to tell apps apart that run side by side. */
  readonly label: string | undefined
}

export function consoleSink({ output, rules, colors, label }: ConsoleSinkOptions): LogSink {
  const format = recordFormatter(colors, label)
  return {
    isEnabled: (level, category) => rules.isEnabled(level, category),
    write(record) {
      if (rules.isShown(record.level, record.category, record.message)) output.print(format(record))
    },
    async flush() {
      output.flush()
    },
  }
}
