/** Messages in the hands of a host that ends. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openEngine } from '@aloft/engine'
import { Logger, systemClock } from '@aloft/kernel'
import { developmentAccountKey, openStorage } from '@aloft/storage'
import { QueueClient, StorageSharedKeyCredential } from '@azure/storage-queue'
import { openPlatform } from '../../src/compose.ts'
import { appFolder } from '../start/app-folder.ts'
import { ChildCli } from '../start/child-cli.ts'
import { temporaryDirectory } from '../temporary-directory.ts'
import { until } from './storage-app.ts'

const queue = { account: 'devstoreaccount1', queue: 'endless' }

const endless = `
const { app } = require('@azure/functions')
app.storageQueue('endless', { queueName: 'endless', handler: () => new Promise(() => {}) })`

test('a host that stops gives back what its functions did not finish', async (t) => {
  const dataDirectory = await temporaryDirectory(t)
  const messages: string[] = []
  const sink = { write: ({ message }: { message: string }) => void messages.push(message) }
  const log = new Logger(systemClock, [sink])
  const platform = await openPlatform({
    dataDirectory,
    environment: { PATH: process.env.PATH },
    clock: systemClock,
    log,
    storage: { ports: { blob: 0, queue: 0, table: 0 }, address: undefined, tokens: undefined },
  })
  const rootDirectory = await appFolder(t, { 'src/app.js': endless })
  await platform.functions.startApp({ rootDirectory, log, host: '127.0.0.1', port: 0 })
  const { queues } = await platform.storage!.service()
  await queues.messages.sendOrCreate(queue, [{ text: 'aGVsbG8=', ttlMs: undefined }])
  await until('a run of the function', async () =>
    messages.find((message) => message.startsWith('Executing')),
  )
  await platform.close(AbortSignal.timeout(100))

  assert.deepEqual(await messagesIn(dataDirectory), { visible: ['aGVsbG8='], count: 1 })
})

test('a message in the hands of a host that is killed is hidden, not lost', async (t) => {
  const directory = await appFolder(t, { 'src/app.js': endless })
  const dataDirectory = await temporaryDirectory(t)
  const words = ['start', '--port', '0', '--data', dataDirectory, '--storage-ports', '0,0,0']
  const host = new ChildCli(t, words, { directory })
  const [, port] = await host.until(/:(\d+) \(Queue\)/)
  await host.until(/endless: queueTrigger/)
  const url = `http://127.0.0.1:${port}/devstoreaccount1`
  const credential = new StorageSharedKeyCredential(queue.account, developmentAccountKey)
  const client = new QueueClient(`${url}/${queue.queue}`, credential)
  await client.createIfNotExists()
  await client.sendMessage('aGVsbG8=')
  await host.until(/Executing 'Functions\.endless'/)
  process.kill(host.processId, 'SIGKILL')
  await host.exited
  assert.deepEqual(await messagesIn(dataDirectory), { visible: [], count: 1 })
})

/** What the queue has when nobody uses it. */
async function messagesIn(dataDirectory: string): Promise<{ visible: string[]; count: number }> {
  const log = new Logger(systemClock, [])
  const engine = await openEngine({ directory: dataDirectory, clock: systemClock, log })
  const storage = await openStorage({ engine, clock: systemClock, log })
  const peeked = await storage.queues.messages.peek(queue, 32)
  const { messageCount } = await storage.queues.catalog.properties(queue)
  await storage.close()
  await engine.close()
  return { visible: peeked.map(({ text }) => text), count: messageCount }
}
