/** `aloft start`: runs function apps until Ctrl+C. What it prints is what `func start` prints. */
import { defineCommand, exitCodes } from '../command.ts'
import { dataOption } from '../data-directory.ts'
import { identityOptions } from '../identity-options.ts'
import { storageOptions } from '../storage-options.ts'

/** Also those of the demo. */
export const startOptions = {
  port: {
    kind: 'integer',
    short: 'p',
    value: 'PORT',
    summary: 'Port (default: local.settings.json, else 7071)',
  },
  address: {
    kind: 'text',
    aliases: ['host'],
    value: 'ADDR',
    summary: 'Address to listen on (default: localhost); 0.0.0.0 = all',
  },
  cors: { kind: 'list', value: 'ORIGINS', summary: 'Origins that browsers may call from; * = any' },
  'cors-credentials': { kind: 'flag', summary: 'Let those origins send cookies and authentication' },
  functions: { kind: 'list', value: 'NAMES', summary: 'Load only these functions' },
  verbose: { kind: 'flag', summary: "Show the host's own log, too" },
  trace: { kind: 'flag', summary: 'Show where the time of each invocation went' },
  'user-log-level': {
    kind: 'text',
    value: 'LEVEL',
    summary: "Least level of the functions' lines, e.g. Debug",
  },
  enableAuth: { kind: 'flag', summary: 'Ask for function keys, as Azure does' },
  useHttps: { kind: 'flag', summary: 'Show https addresses; the port speaks both' },
  cert: { kind: 'text', value: 'FILE', summary: 'Certificate for https: a .pfx file with its key' },
  password: { kind: 'text', value: 'TEXT', summary: 'Password of the .pfx file, or a file that holds it' },
  'language-worker': {
    kind: 'text',
    takesDashes: true,
    value: 'ARGS',
    summary: 'Arguments for node, e.g. "--max-old-space-size=4096"',
  },
  inspect: {
    kind: 'attached',
    value: 'PORT',
    summary: 'Let a debugger attach (default: 9229); further processes count up',
  },
  'inspect-brk': {
    kind: 'attached',
    value: 'PORT',
    summary: "The same, and wait for it before the app's first line",
  },
  'no-watch': { kind: 'flag', summary: 'Do not load changed files' },
  timeout: {
    kind: 'integer',
    short: 't',
    value: 'SECONDS',
    summary: 'How long an app may take to start (20)',
  },
  data: dataOption,
  ...storageOptions,
  ...identityOptions,
  'no-build': { kind: 'flag', summary: '', isIgnored: true },
  offline: { kind: 'flag', summary: '', isIgnored: true },
  runtime: { kind: 'text', summary: '', isIgnored: true },
  'dotnet-isolated-debug': { kind: 'flag', summary: '', isIgnored: true },
  'enable-json-output': { kind: 'flag', summary: 'Tell editors about worker processes, in JSON lines' },
  'json-output-file': { kind: 'text', value: 'FILE', summary: 'Append those lines to FILE' },
} as const

export const start = defineCommand({
  usage: 'start [DIR|ZIP...] [options]',
  description: [
    'Runs the function app in DIR, or here, until Ctrl+C. Changed files are loaded while it runs. Several folders',
    "run side by side, each on a port of its own. A zip file, as 'aloft pack' makes it, is run as it is.",
  ].join('\n'),
  options: startOptions,
  examples: [
    ['aloft start', 'Runs the app in this folder on port 7071'],
    ['aloft start --port 8080 --functions hello bye', 'Two functions, on another port'],
    ['aloft start --inspect', 'Lets a debugger attach on port 9229, reload after reload'],
    ['aloft start shop billing', 'Two apps, on ports 7071 and 7072'],
    ['aloft start shop.zip', 'The app in a zip file, as Azure runs it from its package'],
  ],
  maxOperands: 100,
  async run({ options, operands }, context) {
    // The host is a lot to load for those who only want to see the help.
    const { findAppFolders, readStartSettings, runApps } = await import('../start/index.ts')
    const settings = await readStartSettings(options, context)
    const folders = await findAppFolders(operands, context)
    await runApps(folders, settings, context)
    return exitCodes.ok
  },
})
