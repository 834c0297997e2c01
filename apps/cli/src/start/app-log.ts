/** The log of an app: its lines on the console, marked with its name when there are several. */
import type { RunningApp } from '@aloft/functions'
import { type LineOutput, Logger, type LogLevel, type LogSink } from '@aloft/kernel'
import { consoleSink } from '../console/console-sink.ts'
import { LevelRules } from '../console/level-rules.ts'
import { openToolOutput, type ToolOutput } from '../console/tool-output.ts'
import type { CommandContext } from '../terminal.ts'
import type { StartSettings } from './start-settings.ts'

export interface AppLogOptions {
  readonly output: LineOutput
  readonly settings: StartSettings
  readonly context: CommandContext
  readonly label: string | undefined
  /** @default what `settings` say */
  readonly tools?: ToolOutput
  /** host.json `logging.logLevel`, as far as it is known. */
  readonly hostLevels?: Readonly<Record<string, LogLevel>>
}

export interface AppLog {
  readonly log: Logger
  /** From now on the levels are those of the app's host.json, also after it has changed. */
  follow(app: RunningApp): void
}

export function appLog(options: AppLogOptions): AppLog {
  const {
    output,
    settings,
    context,
    label,
    tools = openToolOutput(settings.toolOutputFile, output),
  } = options
  const { isVerbose, userLevel } = settings
  const sinkOf = (hostLevels: Readonly<Record<string, LogLevel>>) =>
    consoleSink({
      output,
      rules: new LevelRules({ isVerbose, userLevel, hostLevels }),
      colors: context.terminal.colors,
      label,
      tools,
    })
  let sink = sinkOf(options.hostLevels ?? {})
  const current: LogSink = {
    isEnabled: (level, category) => sink.isEnabled?.(level, category) ?? true,
    write: (record) => sink.write(record),
    flush: async () => sink.flush?.(),
  }
  return {
    log: new Logger(context.clock, [current]),
    follow(app) {
      const read = () => {
        sink = sinkOf(app.configuration.host.logLevels)
      }
      read()
      app.onReload(read)
    },
  }
}
