/** `aloft usage`: what functions did, what they used, and what Azure would ask for it. */
import { UserError } from '@aloft/kernel'
import { defineCommand, exitCodes } from '../command.ts'
import { dataDirectory, dataOption } from '../data-directory.ts'
import { closest } from '../suggest.ts'
import { renderUsage, usageJson } from '../usage/render-usage.ts'
import { parseTimeSpan } from '../usage/time-span.ts'

export const usage = defineCommand({
  usage: 'usage [options]',
  description: [
    'Shows executions, failures, durations and GB-seconds of each function, and what the Consumption plan of Azure',
    'would charge. Reads the data folder, also while apps run on it; they write their counts every five seconds.',
  ].join('\n'),
  options: {
    app: { kind: 'text', value: 'NAME', summary: 'Only this app' },
    from: {
      kind: 'text',
      value: 'TIME',
      summary: 'Start: 2026-01-31, 2026-01-31T12:00, or 7d, 12h, 30m ago (default: this month)',
    },
    to: { kind: 'text', value: 'TIME', summary: 'End, written likewise; a day counts whole (default: now)' },
    json: { kind: 'flag', summary: 'Print the report as JSON' },
    data: dataOption,
  },
  examples: [
    ['aloft usage', 'This month so far'],
    ['aloft usage --app shop --from 24h', 'One app, the last day'],
    ['aloft usage --from 2026-01-01 --to 2026-01-31 --json', 'A month, for a script'],
  ],
  maxOperands: 0,
  async run({ options }, context) {
    const { terminal, clock } = context
    const directory = dataDirectory(options.data, context.directory, context)
    const span = parseTimeSpan(options, clock.now())
    const { readUsageReport } = await import('@aloft/functions')
    const report = await readUsageReport(directory, { ...span, ...(options.app && { app: options.app }) })
    if (!report)
      throw new UserError(`No usage has been recorded in ${directory}`, {
        hint: 'Run an app first, or name its data folder with --data DIR.',
      })
    if (options.app !== undefined && report.functions.length === 0 && report.apps.length > 0)
      throw unknownApp(options.app, report.apps)
    terminal.write(options.json ? usageJson(report) : renderUsage(report, terminal.colors))
    return exitCodes.ok
  },
})

function unknownApp(name: string, apps: readonly string[]): UserError {
  const near = closest(name, apps)
  return new UserError(`The app '${name}' did not run in this time`, {
    hint: near ? `Did you mean '${near}'?` : `Those that did: ${apps.join(', ')}.`,
  })
}
