/** Shows the log records of one app on the console. */
import type { LineOutput, LogSink } from '@aloft/kernel'
import type { Colors } from '../terminal.ts'
import type { LevelRules } from './level-rules.ts'
import { recordFormatter } from './record-lines.ts'
import { type ToolOutput, toolLine } from './tool-output.ts'

export interface ConsoleSinkOptions {
  readonly output: LineOutput
  readonly rules: LevelRules
  readonly colors: Colors
  /** Stands before every message, to tell apps apart that run side by side. */
  readonly label: string | undefined
  /** Where lines for editors go. */
  readonly tools: ToolOutput
}

export function consoleSink({ output, rules, colors, label, tools }: ConsoleSinkOptions): LogSink {
  const format = recordFormatter(colors, label)
  return {
    isEnabled: (level, category) => rules.isEnabled(level, category),
    write(record) {
      const line = toolLine(record.message)
      if (line !== undefined) tools(line)
      else if (rules.isShown(record.level, record.category, record.message)) output.print(format(record))
    },
    async flush() {
      output.flush()
    },
  }
}
