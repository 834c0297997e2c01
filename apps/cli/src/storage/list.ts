/** `aloft storage list`: what is in the account, or in a container. */
import { renderLines } from '../text-table.ts'
import { type BlobPath, parseBlobPath } from './blob-path.ts'
import { asking } from './refusal.ts'
import { fewTableTries, fewTries } from './retries.ts'
import { formatBytes } from './sizes.ts'
import type { StorageCall } from './storage-call.ts'

/** Without an operand: containers, queues and tables. With `CONTAINER[/PREFIX]`: blobs. */
export async function list(call: StorageCall): Promise<void> {
  const [path] = call.operands
  await asking(() => (path === undefined ? listAccount(call) : listBlobs(call, parseBlobPath(path))))
}

async function listAccount({ connection, options, context: { terminal } }: StorageCall): Promise<void> {
  const [{ BlobServiceClient }, { QueueServiceClient }, { TableServiceClient }] = await Promise.all([
    import('@azure/storage-blob'),
    import('@azure/storage-queue'),
    import('@azure/data-tables'),
  ])
  const queueService = QueueServiceClient.fromConnectionString(connection, fewTries)
  const tableService = TableServiceClient.fromConnectionString(connection, fewTableTries)
  const containers: string[] = []
  for await (const { name } of BlobServiceClient.fromConnectionString(connection, fewTries).listContainers())
    containers.push(name)
  const queues: { name: string; messages: number }[] = []
  for await (const { name } of queueService.listQueues()) {
    const { approximateMessagesCount = 0 } = await queueService.getQueueClient(name).getProperties()
    queues.push({ name, messages: approximateMessagesCount })
  }
  const tables: string[] = []
  for await (const { name } of tableService.listTables()) if (name) tables.push(name)
  if (options.json) {
    terminal.write(`${JSON.stringify({ containers, queues, tables }, null, 2)}\n`)
    return
  }
  const rows = [
    ...containers.map((name) => ['container', name, '']),
    ...queues.map(({ name, messages }) => ['queue', name, `${messages} message${messages === 1 ? '' : 's'}`]),
    ...tables.map((name) => ['table', name, '']),
  ]
  if (rows.length === 0) terminal.write('The account is empty.\n')
  else terminal.write(`${renderLines({ titles: ['KIND', 'NAME', ''], rows }).join('\n')}\n`)
}

async function listBlobs({ connection, options, context }: StorageCall, { container, blob }: BlobPath) {
  const { ContainerClient } = await import('@azure/storage-blob')
  const blobs: { name: string; bytes: number; modified: string; type: string }[] = []
  const client = new ContainerClient(connection, container, fewTries)
  for await (const { name, properties } of client.listBlobsFlat(blob === '' ? {} : { prefix: blob })) {
    blobs.push({
      name,
      bytes: properties.contentLength ?? 0,
      modified: properties.lastModified.toISOString(),
      type: properties.contentType ?? '',
    })
    if (blobs.length === options.top) break
  }
  if (options.json) {
    context.terminal.write(`${JSON.stringify(blobs, null, 2)}\n`)
    return
  }
  const rows = blobs.map(({ name, bytes, modified, type }) => [name, formatBytes(bytes), modified, type])
  const titles = ['NAME', 'SIZE', 'MODIFIED', 'TYPE']
  const none = `There is no blob in ${container}${blob && ` whose name begins with '${blob}'`}.`
  const text = rows.length === 0 ? none : renderLines({ titles, rows, numbers: ['SIZE'] }).join('\n')
  context.terminal.write(`${text}\n`)
}
