/** `/admin/logstream`: an app's log while it is written. */
import { parseLogLevel } from '@aloft/kernel'
import { type AdminEndpoint, badRequest, queryOf } from './endpoint.ts'
import type { AdminTarget } from './target.ts'

/** Header with the app's name, for those who follow several. */
const appHeader = 'x-aloft-app'

/**
 * `?function=NAME` shows the lines of one function only, `?level=LEVEL` all from a level on (default: host.json), and
 * `?format=json` an object a line, as in the JSON console log; an empty line is a sign of life then.
 */
export function logEndpoints(target: AdminTarget): readonly AdminEndpoint[] {
  return [
    {
      method: 'GET',
      pattern: '/admin/logstream',
      operation: 'Logs_Stream',
      answer(request) {
        const { function: functionName, level: levelName, format = 'text' } = queryOf(request)
        const level = levelName === undefined ? undefined : parseLogLevel(levelName)
        if (levelName !== undefined && !level) return badRequest(`'${levelName}' is not a log level.`)
        if (format !== 'text' && format !== 'json') return badRequest(`The format is text or json.`)
        const { context, host } = target.configuration
        const contentType = format === 'json' ? 'application/x-ndjson' : 'text/plain; charset=utf-8'
        const response = request.call.openStream([
          ...['Content-Type', contentType, 'Cache-Control', 'no-store'],
          ...[appHeader, encodeURIComponent(context.name)],
        ])
        target.logStream.follow(response, { functionName, level, hostLevels: host.logLevels, format })
        return 'streamed'
      },
    },
  ]
}
