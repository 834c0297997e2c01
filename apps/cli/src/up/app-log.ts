/** The log of one of several apps: its lines on the console, marked with its name. */
import type { RunningApp } from '@aloft/functions'
import { type LineOutput, Logger, type LogLevel, type LogSink } from '@aloft/kernel'
import { consoleSink } from '../console/console-sink.ts'
import { LevelRules } from '../console/level-rules.ts'
import { openToolOutput } from '../console/tool-output.ts'
import type { StartSettings } from '../start/start-settings.ts'
import type { CommandContext } from '../terminal.ts'

export interface AppLogOptions {
  readonly output: LineOutput
  readonly settings: StartSettings
  readonly context: CommandContext
  readonly label: string | undefined
}

export interface AppLog {
  readonly log: Logger
  /** From now on the levels are those of the app's host.json, also after it has changed. */
  follow(app: RunningApp): void
}

export function appLog({ output, settings, context, label }: AppLogOptions): AppLog {
  const { isVerbose, userLevel } = settings
  const tools = openToolOutput(settings.toolOutputFile, output)
  const sinkOf = (hostLevels: Readonly<Record<string, LogLevel>>) =>
    consoleSink({
      output,
      rules: new LevelRules({ isVerbose, userLevel, hostLevels }),
      colors: context.terminal.colors,
      label,
      tools,
    })
  let sink = sinkOf({})
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
