/** `aloft demo`: runs the sample app and says what to try. */
import { fileURLToPath } from 'node:url'
import { defineCommand, exitCodes } from '../command.ts'
import { dataOption } from '../data-directory.ts'
import { storageOptions } from '../storage-options.ts'
import type { Colors } from '../terminal.ts'

const sample = fileURLToPath(new URL('../../../../samples/harbour-board', import.meta.url))

export const demo = defineCommand({
  usage: 'demo [options]',
  description: [
    'Runs samples/harbour-board, an arrivals board with an HTTP API, a timer and a page that updates itself,',
    'until Ctrl+C. It needs no network.',
  ].join('\n'),
  options: {
    port: { kind: 'integer', short: 'p', value: 'PORT', summary: 'Port (default: 7071)' },
    verbose: { kind: 'flag', summary: "Show the host's own log, too" },
    data: dataOption,
    ...storageOptions,
  },
  examples: [['aloft demo --port 8080', 'On another port']],
  maxOperands: 0,
  async run({ options }, context) {
    // The host is a lot to load for those who only want to see the help.
    const { readStartSettings, runApps } = await import('../start/index.ts')
    const settings = await readStartSettings(options, context)
    await runApps([sample], settings, context, ([url = '']) => renderInvitation(url, context.terminal.colors))
    return exitCodes.ok
  },
})

/** Where to look, and three things to try. */
export function renderInvitation(url: string, colors: Colors): string {
  const json = "-H 'content-type: application/json'"
  return [
    '',
    `${colors.bold('Harbour board')}: look at ${colors.cyan(`${url}/board`)}`,
    '',
    'Three things to try:',
    `  1. Announce a ship:   curl ${url}/api/arrivals ${json} -d '{"name":"Calypso","from":"Toulon","cargo":"Film"}'`,
    `  2. Hurry the tide:    curl ${url}/admin/functions/tide ${json} -d '{}'`,
    '  3. Change the code:   edit samples/harbour-board/src/roster.js and save; the app is loaded again',
    '',
    'Ctrl+C ends it.',
    '',
  ].join('\n')
}
