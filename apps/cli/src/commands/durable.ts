/** `aloft durable`: the words of `func durable`, for an app that runs, and a timeline of one instance. */
import { defineCommand, exitCodes } from '../command.ts'
import { dataOption } from '../data-directory.ts'
import type { DurableCall } from '../durable/durable-call.ts'
import { unknownWord } from '../unknown-word.ts'

type Word = (call: DurableCall) => Promise<void>

const words: Readonly<Record<string, () => Promise<Word>>> = {
  show: async () => (await import('../durable/show.ts')).show,
  'start-new': async () => (await import('../durable/change.ts')).startNew,
  'get-runtime-status': async () => (await import('../durable/status.ts')).getRuntimeStatus,
  'get-history': async () => (await import('../durable/status.ts')).getHistory,
  'get-instances': async () => (await import('../durable/status.ts')).getInstances,
  'raise-event': async () => (await import('../durable/change.ts')).raiseEvent,
  terminate: async () => (await import('../durable/change.ts')).terminate,
  suspend: async () => (await import('../durable/change.ts')).suspend,
  resume: async () => (await import('../durable/change.ts')).resume,
  rewind: async () => (await import('../durable/change.ts')).rewind,
  restart: async () => (await import('../durable/change.ts')).restart,
  'purge-history': async () => (await import('../durable/change.ts')).purgeHistory,
  serve: async () => (await import('../durable/serve.ts')).serve,
  'delete-task-hub': async () => (await import('../durable/delete-task-hub.ts')).deleteTaskHub,
}

const defaultPort = 7071

export const durable = defineCommand({
  usage: 'durable WORD [ID] [options]',
  description: [
    'Looks into the orchestrations of an app that runs, and changes them.',
    '',
    '  show ID               a timeline: steps, durations, retries, and where it waits',
    '  start-new             starts the orchestrator --function-name with --input; prints the id',
    '  get-instances         a table of instances',
    '  get-runtime-status    the status of --id, as JSON',
    '  get-history           the history of --id, as JSON',
    '  raise-event           sends --event-name with --event-data to --id',
    '  terminate, suspend, resume, rewind, restart',
    '                        what they say, with --id and --reason',
    '  purge-history         deletes --id, or all that have ended, by --created-after and the like',
    '  serve                 task hubs for the portable Durable Task SDKs (gRPC), without an app, until Ctrl+C',
    '  delete-task-hub       deletes a hub of a data folder that no process has open',
  ].join('\n'),
  options: {
    url: {
      kind: 'text',
      value: 'URL',
      summary: `Where the app is (default: http://localhost:${defaultPort})`,
    },
    port: {
      kind: 'integer',
      short: 'p',
      value: 'PORT',
      summary: 'The same by its port on this machine; serve: where',
    },
    code: { kind: 'text', value: 'KEY', summary: 'Key of the extension, or the master key' },
    id: { kind: 'text', value: 'ID', summary: 'The instance' },
    'function-name': { kind: 'text', value: 'NAME', summary: 'start-new: the orchestrator' },
    input: { kind: 'text', value: 'JSON', summary: 'start-new: its input; @FILE = what a file holds' },
    version: { kind: 'text', value: 'VERSION', summary: 'start-new: its version' },
    'event-name': { kind: 'text', value: 'NAME', summary: 'raise-event: the event' },
    'event-data': {
      kind: 'text',
      value: 'JSON',
      summary: 'raise-event: its data; @FILE = what a file holds',
    },
    reason: { kind: 'text', value: 'TEXT', summary: 'terminate and the like: why' },
    'created-after': { kind: 'text', value: 'TIME', summary: 'get-instances, purge-history: from then on' },
    'created-before': { kind: 'text', value: 'TIME', summary: 'get-instances, purge-history: until then' },
    'runtime-status': {
      kind: 'list',
      value: 'STATUS...',
      summary: 'get-instances, purge-history: running, completed, failed, terminated, ...',
    },
    'id-prefix': { kind: 'text', value: 'TEXT', summary: 'get-instances: how the id begins' },
    top: { kind: 'integer', value: 'N', summary: 'get-instances: at most so many (default: 20)' },
    'continuation-token': { kind: 'text', value: 'TOKEN', summary: 'get-instances: the next page' },
    'show-input': { kind: 'flag', summary: 'Show inputs, too', aliases: ['get-input'] },
    'show-output': { kind: 'flag', summary: 'get-runtime-status: show the output, too' },
    'task-hub-name': { kind: 'text', value: 'NAME', summary: "The task hub (default: the app's own)" },
    'grpc-port': {
      kind: 'integer',
      value: 'PORT',
      summary: 'serve: where, too (default: 8080; 0 = any free one)',
    },
    json: { kind: 'flag', summary: 'show, start-new, get-instances: print JSON' },
    data: dataOption,
    'connection-string-setting': {
      kind: 'text',
      summary: 'The app that runs knows its storage',
      isIgnored: true,
    },
  },
  examples: [
    ['aloft durable start-new --function-name placeOrder --input \'{"item":"lamp"}\'', 'Starts one'],
    ['aloft durable get-instances --runtime-status failed', 'What has failed'],
    ['aloft durable show 3c7737f2bc2047b29303300ec77dbbf4', 'What one did, and where it waits'],
    ['aloft durable serve --data .aloft', 'In place of the emulator of the Durable Task Scheduler'],
  ],
  maxOperands: 3,
  async run({ options, operands }, context) {
    const [word = '', ...rest] = operands
    const name = word.toLowerCase()
    const load = Object.hasOwn(words, name) ? words[name] : undefined
    if (!load)
      throw unknownWord('durable', word, Object.keys(words), 'What is to be done with orchestrations?')
    const [run, { DurableApi }] = await Promise.all([load(), import('../durable/api.ts')])
    const url = options.url ?? `http://localhost:${options.port ?? defaultPort}`
    const api = new DurableApi({ url, code: options.code, taskHub: options['task-hub-name'] })
    await run({ api, operands: rest, options, context })
    return exitCodes.ok
  },
})
