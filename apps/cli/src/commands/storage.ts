/** `aloft storage`: looks into a storage account, this machine's or any other, through the official SDKs. */
import { UserError } from '@aloft/kernel'
import { defineCommand, exitCodes } from '../command.ts'
import { storageConnection } from '../storage/connection.ts'
import type { StorageCall } from '../storage/storage-call.ts'
import { closest } from '../suggest.ts'

type Word = (call: StorageCall) => Promise<void>

const words: Readonly<Record<string, () => Promise<Word>>> = {
  list: async () => (await import('../storage/list.ts')).list,
  upload: async () => (await import('../storage/transfer.ts')).upload,
  download: async () => (await import('../storage/transfer.ts')).download,
  peek: async () => (await import('../storage/messages.ts')).peek,
  send: async () => (await import('../storage/messages.ts')).send,
  query: async () => (await import('../storage/query.ts')).query,
}

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
  ].join('\n'),
  options: {
    connection: {
      kind: 'text',
      value: 'NAME',
      aliases: ['connectionString'],
      summary: 'Connection string, or the setting that holds it (default: AzureWebJobsStorage)',
    },
    filter: { kind: 'text', value: 'ODATA', summary: 'query: which rows, e.g. "PartitionKey eq \'a\'"' },
    select: { kind: 'list', value: 'COLUMN...', summary: 'query: which columns' },
    top: { kind: 'integer', value: 'N', summary: 'list, peek, query: at most so many' },
    contentType: { kind: 'text', value: 'TYPE', summary: 'upload: the type of the content' },
    overwrite: { kind: 'flag', summary: 'upload, download: replace what is there' },
    json: { kind: 'flag', summary: 'list, peek, query: print JSON' },
  },
  examples: [
    ['aloft storage list', 'What the account holds'],
    ['aloft storage upload report.csv imports', 'A file into the container imports'],
    ['aloft storage query links --filter "RowKey eq \'total\'"', 'Rows of a table'],
    ['aloft storage peek orders-poison', 'What a function could not handle'],
  ],
  maxOperands: 3,
  async run({ options, operands }, context) {
    const [word = '', ...rest] = operands
    const load = Object.hasOwn(words, word.toLowerCase()) ? words[word.toLowerCase()] : undefined
    if (!load) throw unknownWord(word)
    const run = await load()
    const connection = await storageConnection(options.connection, context)
    await run({ operands: rest, connection, options, context })
    return exitCodes.ok
  },
})

function unknownWord(word: string): UserError {
  const near = word === '' ? undefined : closest(word, Object.keys(words))
  return new UserError(word === '' ? 'What is to be done with the storage?' : `Unknown word '${word}'`, {
    hint: near ? `Did you mean 'aloft storage ${near}'?` : `Words: ${Object.keys(words).join(', ')}.`,
  })
}
