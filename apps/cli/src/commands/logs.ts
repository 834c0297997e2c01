/** `aloft logs`: follows the log of apps that run in another terminal. */
import { jsonLinesSink, LineOutput, type LogRecord, UserError } from '@aloft/kernel'
import { defineCommand, exitCodes } from '../command.ts'
import { recordFormatter } from '../console/record-lines.ts'
import { openRecordStream, type RecordStream, type StreamQuery } from '../logs/record-stream.ts'
import type { CommandContext } from '../terminal.ts'

/** Where `aloft start` puts its apps, one after the other. */
const defaultPort = 7071
const mostApps = 20

export const logs = defineCommand({
  usage: 'logs [options]',
  description: [
    'Shows the log of apps that run, until Ctrl+C or until they end: all that aloft start runs from port 7071 on, or',
    'the app at --url. Lines look as aloft start prints them.',
  ].join('\n'),
  options: {
    follow: { kind: 'flag', short: 'f', summary: '', isIgnored: true },
    url: { kind: 'text', value: 'URL', summary: 'Where the app answers, e.g. http://localhost:7071' },
    app: { kind: 'text', value: 'NAME', summary: 'Only the app of that name' },
    function: { kind: 'text', value: 'NAME', summary: 'Only the lines of one function' },
    level: { kind: 'text', value: 'LEVEL', summary: "Least level, e.g. Debug (default: host.json's)" },
    key: { kind: 'text', value: 'KEY', summary: 'Master key, for apps started with --enableAuth' },
    json: { kind: 'flag', summary: 'Print an object a line' },
  },
  examples: [
    ['aloft logs', 'Follows the apps that run here'],
    ['aloft logs --function hello --level Debug', 'Everything of one function'],
    ['aloft logs --url http://localhost:8080 --json', 'Another port, for a script'],
  ],
  maxOperands: 0,
  async run({ options }, context) {
    const { terminal } = context
    const signal = context.stopSignal()
    const query = { functionName: options.function, level: options.level, key: options.key, signal }
    const streams = (await openStreams(options.url, query)).filter(
      ({ appName }) => options.app === undefined || appName.toLowerCase() === options.app.toLowerCase(),
    )
    if (streams.length === 0 && !signal.aborted) throw nobodyAnswers(options.url, options.app)
    const output = new LineOutput((text) => terminal.write(text))
    await Promise.all(
      streams.map(async ({ appName, records }) => {
        const label = streams.length > 1 ? `[${appName}]` : undefined
        const print = options.json ? jsonPrinter(output) : textPrinter(output, label, context)
        for await (const record of records) print(record)
        output.flush()
        if (!signal.aborted) terminal.writeError(`${appName} has ended.\n`)
      }),
    )
    return exitCodes.ok
  },
})

type Printer = (record: LogRecord) => void

function jsonPrinter(output: LineOutput): Printer {
  const sink = jsonLinesSink({ output })
  return (record) => sink.write(record)
}

function textPrinter(
  output: LineOutput,
  label: string | undefined,
  { terminal }: Pick<CommandContext, 'terminal'>,
): Printer {
  const format = recordFormatter(terminal.colors, label)
  return (record) => output.print(format(record))
}

/** The app at `url`, or those from the usual port on. */
async function openStreams(url: string | undefined, query: StreamQuery): Promise<readonly RecordStream[]> {
  if (url !== undefined) {
    const stream = await openRecordStream(parseUrl(url), query)
    return stream ? [stream] : []
  }
  const streams: RecordStream[] = []
  for (let port = defaultPort; port < defaultPort + mostApps; port++) {
    const stream = await openRecordStream(new URL(`http://localhost:${port}`), query)
    if (!stream) break
    streams.push(stream)
  }
  return streams
}

function parseUrl(text: string): URL {
  const url = URL.parse(/^https?:\/\//i.test(text) ? text : `http://${text}`)
  if (url) return url
  throw new UserError(`'${text}' is not an address`, { hint: 'E.g. --url http://localhost:7071.' })
}

function nobodyAnswers(url: string | undefined, app: string | undefined): UserError {
  const what = app === undefined ? 'No app' : `No app '${app}'`
  return new UserError(`${what} answers at ${url ?? `http://localhost:${defaultPort}`}`, {
    hint: "Start it with 'aloft start', or say with --url where it is.",
  })
}
