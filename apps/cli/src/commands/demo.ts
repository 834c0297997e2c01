/** `aloft demo`: runs the sample app and says what to try. */
import { fileURLToPath } from 'node:url'
import { defineCommand, exitCodes } from '../command.ts'
import { dataOption } from '../data-directory.ts'
import { storageOptions } from '../storage-options.ts'
import type { Colors } from '../terminal.ts'

const sample = fileURLToPath(new URL('../../../../samples/link-shortener', import.meta.url))

export const demo = defineCommand({
  usage: 'demo [options]',
  description: [
    'Runs samples/link-shortener, a page that makes short links and counts their clicks by means of HTTP functions,',
    'a table, a queue and a queue trigger, until Ctrl+C. It needs no network.',
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

/** Where to look, and what to try. */
export function renderInvitation(url: string, colors: Colors): string {
  const order = '{"url":"https://example.org/","campaign":"Demo","media":["Mail"]}'
  return [
    '',
    `${colors.bold('Link shortener')}: look at ${colors.cyan(`${url}/links`)}`,
    '',
    'Four things to try:',
    '  1. On the page:       paste an address, click the short link, and see the click arrive',
    `  2. From a terminal:   curl ${url}/api/links -d '${order}'`,
    '  3. Look into it:      ./aloft storage query links',
    '  4. Change the code:   edit samples/link-shortener/src/functions/links.js and save; the app is loaded again',
    '',
    'Ctrl+C ends it.',
    '',
  ].join('\n')
}
