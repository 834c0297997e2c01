/** Where the lines of a worker process go: an app's own logs to its function, the rest to the host's log. */
import type { Logger, LogLevel } from '@aloft/kernel'
import type { LogMessage } from '@aloft/wire'

/** Lines with this prefix on the console are the worker's own, not the app's. */
const systemPrefix = 'LanguageWorkerConsoleLog'

export interface LogRelay {
  onLog(message: LogMessage): void
  onConsole(stream: 'stdout' | 'stderr', line: string): void
}

/**
 * @param runtime the workers' language
 * @param userLogOf the logger of a function, by name
 */
export function relayLogs(
  log: Logger,
  runtime: string,
  userLogOf: (functionName: string) => Logger | undefined,
): LogRelay {
  const workerLog = log.child(`Worker.${runtime}`)
  const consoleLog = log.child('Host.Function.Console')
  return {
    onLog(message) {
      const functionName = message.category.replace(/\.Invocation$/, '')
      const userLog = message.logCategory === 'user' ? userLogOf(functionName) : undefined
      const error = message.error && toError(message.error)
      const fields = message.invocationId ? { invocationId: message.invocationId } : undefined
      const target = userLog ?? workerLog
      target.write(message.level, message.message, { error, fields })
    },
    onConsole(stream, line) {
      if (line.startsWith(systemPrefix)) workerLog.write('debug', line.slice(systemPrefix.length).trim())
      else consoleLog.write(stream === 'stdout' ? 'information' : levelOfErrorLine(line, runtime), line)
    },
  }
}

/** The official host's reading of stderr: most of it is chatter, but for custom handlers. */
function levelOfErrorLine(line: string, runtime: string): LogLevel {
  if (/warn/i.test(line)) return 'warning'
  if (runtime === 'custom') return 'error'
  return /error|fail|severe|unhandled exception/i.test(line) ? 'error' : 'information'
}

function toError({ message, stackTrace }: { message: string; stackTrace: string }): Error {
  const error = new Error(message)
  error.stack = stackTrace
  return error
}
