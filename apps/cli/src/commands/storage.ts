/** `aloft storage`: looks into accounts through the official SDKs, and takes care of the storage in a data folder. */
import { defineCommand, exitCodes } from '../command.ts'
import { dataDirectory, dataOption } from '../data-directory.ts'
import { identityOptions } from '../identity-options.ts'
import { storageConnection } from '../storage/connection.ts'
import type { DataCall, StorageCall } from '../storage/storage-call.ts'
import { storageOptions } from '../storage-options.ts'
import { unknownWord } from '../unknown-word.ts'

type AccountWord = (call: StorageCall) => Promise<void>
type DataWord = (call: DataCall) => Promise<void>

/** About an account, wherever it is. */
const accountWords: Readonly<Record<string, () => Promise<AccountWord>>> = {
  list: async () => (await import('../storage/list.ts')).list,
  upload: async () => (await import('../storage/transfer.ts')).upload,
  download: async () => (await import('../storage/transfer.ts')).download,
  peek: async () => (await import('../storage/messages.ts')).peek,
  send: async () => (await import('../storage/messages.ts')).send,
  query: async () => (await import('../storage/query.ts')).query,
}

/** About the storage in a data folder. */
const dataWords: Readonly<Record<string, () => Promise<DataWord>>> = {
  start: async () => (await import('../storage/serve.ts')).serve,
  accounts: async () => (await import('../storage/accounts.ts')).accounts,
  check: async () => (await import('../storage/check.ts')).check,
}

const words = [...Object.keys(accountWords), ...Object.keys(dataWords)]

export const storage = defineCommand({
  usage: 'storage WORD [ARGUMENT...] [options]',
  description: [
    'Looks into a storage account: the one of the app in this folder (AzureWebJobsStorage), or the account on this',
    "machine. It may be Aloft's, Azure's or Azurite's.",
    '',
    '  list [CONTAINER[/PREFIX]]           containers, queues and tables; or blobs',
    '  upload FILE CONTAINER[/NAME]        a file into a blob',
    '  download CONTAINER/NAME [FILE|-]    a blob into a file',
    '  peek QUEUE                          messages, which stay where they are',
    '  send QUEUE TEXT                     a message, as queue triggers expect it',
    '  query TABLE                         rows of a table',
    '',
    'The storage of a data folder, which no other process may have open:',
    '',
    '  start                               serve it without an app, until Ctrl+C',
    '  accounts [list]                     the accounts with their connection strings',
    '  accounts create|delete NAME         add or remove one, with all that it holds',
    '  accounts rotate NAME [key1|key2]    replace a key',
    '  check                               whether all blobs can be read as they were written',
  ].join('\n'),
  options: {
    connection: {
      kind: 'text',
      value: 'NAME',
      summary: 'Connection string, or the setting that holds it (default: AzureWebJobsStorage)',
    },
    filter: { kind: 'text', value: 'ODATA', summary: 'query: which rows, e.g. "PartitionKey eq \'a\'"' },
    select: { kind: 'list', value: 'COLUMN...', summary: 'query: which columns' },
    top: { kind: 'integer', value: 'N', summary: 'list, peek, query: at most so many' },
    contentType: { kind: 'text', value: 'TYPE', summary: 'upload: the type of the content' },
    overwrite: { kind: 'flag', summary: 'upload, download: replace what is there' },
    repair: { kind: 'flag', summary: 'check: delete what cannot be read any more' },
    json: { kind: 'flag', summary: 'list, peek, query, accounts, check: print JSON' },
    data: dataOption,
    'storage-ports': storageOptions['storage-ports'],
    'storage-website-port': storageOptions['storage-website-port'],
    'storage-oauth': storageOptions['storage-oauth'],
    'storage-versioning': storageOptions['storage-versioning'],
    'storage-container-retention': storageOptions['storage-container-retention'],
    'storage-change-feed': storageOptions['storage-change-feed'],
    ...identityOptions,
  },
  examples: [
    ['aloft storage list', 'What the account holds'],
    ['aloft storage upload report.csv imports', 'A file into the container imports'],
    ['aloft storage query links --filter "RowKey eq \'total\'"', 'Rows of a table'],
    ['aloft storage peek orders-poison', 'What a function could not handle'],
    ['aloft storage start --data .aloft', 'Blob, Queue and Table Storage alone'],
    ['aloft storage accounts create backups', 'One more account, with keys of its own'],
  ],
  maxOperands: 4,
  async run({ options, operands }, context) {
    const [word = '', ...rest] = operands
    const name = word.toLowerCase()
    if (Object.hasOwn(dataWords, name)) {
      const run = await dataWords[name]!()
      const directory = dataDirectory(options.data, context.directory, context)
      await run({ operands: rest, directory, options, context })
      return exitCodes.ok
    }
    if (!Object.hasOwn(accountWords, name))
      throw unknownWord('storage', word, words, 'What is to be done with the storage?')
    const run = await accountWords[name]!()
    const connection = await storageConnection(options.connection, context)
    await run({ operands: rest, connection, options, context })
    return exitCodes.ok
  },
})
