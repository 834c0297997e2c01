/** The official SDKs, unmodified. Their own work takes a core long before a good server's does. */
import { TableClient } from '@azure/data-tables'
import { ContainerClient } from '@azure/storage-blob'
import { QueueClient } from '@azure/storage-queue'
import { account, accountKey } from './storage-lean-client.ts'
import { blobContent, messageText, type StorageClient } from './storage-operations.ts'
import type { StorageServer } from './storage-servers.ts'

export function sdkClient({ ports }: StorageServer): StorageClient {
  const endpoint = (service: string, port: number) =>
    `${service}Endpoint=http://127.0.0.1:${port}/${account};`
  const connection =
    `DefaultEndpointsProtocol=http;AccountName=${account};AccountKey=${accountKey};` +
    endpoint('Blob', ports.blob) +
    endpoint('Queue', ports.queue) +
    endpoint('Table', ports.table)
  const queue = new QueueClient(connection, 'sdk')
  const table = TableClient.fromConnectionString(connection, 'sdk', { allowInsecureConnection: true })
  const container = new ContainerClient(connection, 'sdk')
  const insert = async (n: number) => {
    await table.createEntity({ partitionKey: 'p', rowKey: `r${n}`, name: 'n'.repeat(64), count: 1 })
  }
  const put = async (n: number) => {
    const blob = container.getBlockBlobClient(`blob-${n % 1000}`)
    await blob.upload(blobContent, blobContent.length)
  }
  return {
    async setUp() {
      await queue.createIfNotExists()
      await table.createTable()
      await container.createIfNotExists()
      await put(0)
      await insert(-1)
    },
    operations: {
      async 'queue send, receive, delete'() {
        await queue.sendMessage(messageText)
        const [message] = (await queue.receiveMessages()).receivedMessageItems
        if (!message) throw new Error('no message')
        await queue.deleteMessage(message.messageId, message.popReceipt)
      },
      'table insert': insert,
      async 'table point read'() {
        await table.getEntity('p', 'r-1')
      },
      'blob put 4 KiB': put,
      async 'blob get 4 KiB'() {
        await container.getBlobClient('blob-0').downloadToBuffer(0, blobContent.length)
      },
    },
    close: () => Promise.resolve(),
  }
}
