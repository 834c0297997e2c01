/** `aloft demo`: runs the sample app and says what to try. */
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defineCommand, exitCodes } from '../command.ts'
import type { Colors } from '../terminal.ts'
import { startOptions } from './start.ts'

const checkout = fileURLToPath(new URL('../../../..', import.meta.url)).replace(/[\\/]$/, '')
const sample = join(checkout, 'samples/link-shortener')

/** It is shown as a whole. */
const { functions: _, ...options } = startOptions

export const demo = defineCommand({
  usage: 'demo [options]',
  description: [
    'Runs samples/link-shortener, a page that makes short links and counts their clicks by means of HTTP functions,',
    'a table, a queue and a queue trigger, until Ctrl+C. It needs no network.',
  ].join('\n'),
  options,
  examples: [['aloft demo --port 8080', 'On another port']],
  maxOperands: 0,
  async run({ options }, context) {
    // The host is a lot to load for those who only want to see the help.
    const { readStartSettings, runApps } = await import('../start/index.ts')
    const settings = await readStartSettings(options, context)
    await runApps([sample], settings, context, ({ baseUrls: [url = ''], storage }) =>
      renderInvitation({ url, storage, directory: context.directory }, context.terminal.colors),
    )
    return exitCodes.ok
  },
})

export interface Invitation {
  readonly url: string
  /** Connection string, unless it is where everybody looks for storage. */
  readonly storage: string | undefined
  /** In which the reader's commands run. */
  readonly directory: string
}

/** Where to look, and what to try. */
export function renderInvitation({ url, storage, directory }: Invitation, colors: Colors): string {
  const order = '{"url":"https://example.org/","campaign":"Demo","media":["Mail"]}'
  const aloft = directory === checkout ? './aloft' : 'aloft'
  const connection = storage === undefined ? '' : ` --connection '${storage}'`
  const source = relative(directory, join(sample, 'src/functions/links.js'))
  return [
    '',
    `${colors.bold('Link shortener')}: look at ${colors.cyan(`${url}/links`)}`,
    '',
    'Four things to try:',
    '  1. On the page:       paste an address, click the short link, and see the click arrive',
    `  2. From a terminal:   curl ${url}/api/links -d '${order}'`,
    `  3. Look into it:      ${aloft} storage query links${connection}`,
    `  4. Change the code:   edit ${source} and save; the app is loaded again`,
    '',
    'Ctrl+C ends it.',
    '',
  ].join('\n')
}
