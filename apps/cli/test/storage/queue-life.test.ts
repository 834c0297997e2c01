/** Messages in the hands of a host that ends. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openEngine } from '@aloft/engine'
import { Logger, systemClock } from '@aloft/kernel'
import { openStorage } from '@aloft/storage'
import { openPlatform } from '../../src/compose.ts'
import { appFolder } from '../start/app-folder.ts'
import { temporaryDirectory } from '../temporary-directory.ts'
import { until } from './storage-app.ts'

const endless = `
const { app } = require('@azure/functions')
app.storageQueue('endless', { queueName: 'endless', handler: () => new Promise(() => {}) })`

test('a host that stops gives back what its functions did not finish', async (t) => {
  const dataDirectory = await temporaryDirectory(t)
  const queue = { account: 'devstoreaccount1', queue: 'endless' }
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
  await platform.storage?.queues.messages.sendOrCreate(queue, [{ text: 'aGVsbG8=', ttlMs: undefined }])
  await until('a run of the function', async () =>
    messages.find((message) => message.startsWith('Executing')),
  )
  await platform.close(AbortSignal.timeout(100))

  const engine = await openEngine({ directory: dataDirectory, clock: systemClock, log })
  const storage = await openStorage({ engine, clock: systemClock, log })
  const [message] = await storage.queues.messages.peek(queue, 1)
  assert.deepEqual([message?.text, message?.dequeueCount], ['aGVsbG8=', 1])
  await storage.close()
  await engine.close()
})
