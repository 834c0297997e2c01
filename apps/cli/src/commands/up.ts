/** `aloft up`: runs the apps that a file lists, at one address, until Ctrl+C. */
import { defineCommand, exitCodes } from '../command.ts'
import { dataOption } from '../data-directory.ts'
import { identityOptions } from '../identity-options.ts'
import { storageOptions } from '../storage-options.ts'

export const up = defineCommand({
  usage: 'up [FILE] [options]',
  description: [
    'Runs the apps that aloft.json or aloft.yaml lists, until Ctrl+C. Each answers under its name at one address:',
    'http://<app>.localhost:7071. An app has no process of its own until it is asked for, and none when nobody has',
    'asked for a while.',
  ].join('\n'),
  options: {
    port: { kind: 'integer', short: 'p', value: 'PORT', summary: 'Port that the apps share (7071)' },
    address: {
      kind: 'text',
      aliases: ['host'],
      value: 'ADDR',
      summary: 'Address to listen on (default: localhost); 0.0.0.0 = all',
    },
    verbose: { kind: 'flag', summary: "Show the host's own log, too" },
    'user-log-level': {
      kind: 'text',
      value: 'LEVEL',
      summary: "Least level of the functions' lines, e.g. Debug",
    },
    enableAuth: { kind: 'flag', summary: 'Ask for function keys, as Azure does' },
    useHttps: { kind: 'flag', summary: 'Show https addresses; the port speaks both' },
    cert: { kind: 'text', value: 'FILE', summary: 'Certificate for https: a .pfx file with its key' },
    password: { kind: 'text', value: 'TEXT', summary: 'Password of the .pfx file, or a file that holds it' },
    'no-watch': { kind: 'flag', summary: 'Do not load changed files' },
    data: { ...dataOption, summary: 'Folder for state (default: .aloft beside the file)' },
    ...storageOptions,
    ...identityOptions,
  },
  examples: [
    ['aloft up', 'Runs the apps of aloft.json or aloft.yaml in this folder'],
    ['aloft up shop/aloft.yaml --port 8080', 'Another file, another port'],
  ],
  maxOperands: 1,
  async run({ options, operands }, context) {
    const { loadHosting } = await import('../up/hosting-file.ts')
    const hosting = await loadHosting(operands[0] ?? '.', context.directory)
    const { readStartSettings } = await import('../start/start-settings.ts')
    const settings = await readStartSettings(options, context)
    const { runHosting } = await import('../up/run-hosting.ts')
    await runHosting(hosting, settings, context)
    return exitCodes.ok
  },
})
