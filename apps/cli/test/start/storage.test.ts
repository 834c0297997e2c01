import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { type TestContext, test } from 'node:test'
import { UserError } from '@aloft/kernel'
import { BlobServiceClient } from '@azure/storage-blob'
import { readStorageSettings } from '../../src/start/storage-settings.ts'
import { renderStorage } from '../../src/storage-summary.ts'
import { appFolder } from './app-folder.ts'
import { ChildCli } from './child-cli.ts'

const app = `require('@azure/functions').app.get('hello', { handler: async () => ({ body: 'hi' }) })`
const key = Buffer.from('a key').toString('base64')

async function start(t: TestContext, ...words: string[]) {
  const directory = await appFolder(t, { 'src/app.js': app })
  const environment = { AZURITE_ACCOUNTS: `mine1:${key}` }
  return new ChildCli(t, ['start', '--port', '0', ...words], { directory, environment })
}

test('storage runs beside the app, and says where', async (t) => {
  const child = await start(t, '--storage-ports', '0,0,0')
  const [, port] = await child.until(
    /^Storage: http:\/\/127\.0\.0\.1:(\d+) \(Blob\), :\d+ \(Queue\), :\d+ \(Table\)$/m,
  )
  const client = BlobServiceClient.fromConnectionString(
    `DefaultEndpointsProtocol=http;AccountName=mine1;AccountKey=${key};BlobEndpoint=http://127.0.0.1:${port}/mine1;`,
  )
  await client.createContainer('box')
  assert.equal(await child.stop(), 0)
})

test('ports that were asked for and cannot be had end the start', async (t) => {
  const server = createServer().listen(0, '127.0.0.1')
  t.after(() => server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const child = await start(t, '--storage-ports', `0,${port},0`)
  assert.equal(await child.exited, 1)
  assert.match(child.errors, new RegExp(`Port ${port} is already in use`))
  assert.match(child.errors, /--storage-ports/)
})

test('with --no-storage nothing is said of it', async (t) => {
  const child = await start(t, '--no-storage')
  await child.until(/For detailed output/)
  await child.stop()
  assert.doesNotMatch(child.output, /Storage:/)
})

test('when the usual ports are in use, a line says what that means', () => {
  assert.match(
    renderStorage(undefined),
    /^Storage: not here, since port 10000, 10001 or 10002 is in use; .*\n$/,
  )
})

test('ports are three numbers', () => {
  assert.deepEqual(readStorageSettings({ 'storage-ports': ['1', '2', '3'] })?.ports, {
    blob: 1,
    queue: 2,
    table: 3,
  })
  for (const written of [
    ['1', '2'],
    ['1', '2', 'x'],
    ['1', '2', '65536'],
    ['1', '2', '3', '4'],
  ])
    assert.throws(() => readStorageSettings({ 'storage-ports': written }), UserError)
})

test('settings say what is not chosen', () => {
  assert.equal(readStorageSettings({ 'no-storage': true }), undefined)
  assert.deepEqual(readStorageSettings({ 'storage-oauth': 'basic', address: '0.0.0.0' }), {
    ports: undefined,
    websitePort: undefined,
    address: '0.0.0.0',
    tokens: { level: 'basic' },
    blobs: { hasVersions: false, hasChangeFeeds: false, containerSoftDeleteDays: undefined },
  })
  const kept = {
    'storage-versioning': true,
    'storage-container-retention': 7,
    'storage-change-feed': true,
  }
  assert.deepEqual(readStorageSettings(kept)?.blobs, {
    hasVersions: true,
    hasChangeFeeds: true,
    containerSoftDeleteDays: 7,
  })
  for (const days of [0, 366])
    assert.throws(() => readStorageSettings({ 'storage-container-retention': days }), UserError)
  assert.equal(readStorageSettings({ 'storage-website-port': 10003 })?.websitePort, 10003)
  assert.throws(() => readStorageSettings({ 'storage-website-port': 70_000 }), UserError)
})
