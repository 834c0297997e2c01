/** `aloft storage` against the platform's own storage, as a user types it. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { glob, open, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { openEngine } from '@aloft/engine'
import { Logger, systemClock } from '@aloft/kernel'
import { openStorage } from '@aloft/storage'
import { TableClient } from '@azure/data-tables'
import { cli } from '../memory-terminal.ts'
import { temporaryDirectory } from '../temporary-directory.ts'

/** Storage in a folder of its own, and `aloft storage` beside it, whose settings lead there. */
async function storageBeside(t: TestContext) {
  const directory = await temporaryDirectory(t)
  const log = new Logger(systemClock, [])
  const engine = await openEngine({ directory: join(directory, 'state'), clock: systemClock, log })
  const storage = await openStorage({ engine, clock: systemClock, log })
  await storage.listen({ ports: { blob: 0, queue: 0, table: 0 } })
  const stop = async () => {
    await storage.close()
    await engine.close()
  }
  let isStopped = false
  const stopOnce = async () => {
    if (!isStopped) await stop()
    isStopped = true
  }
  t.after(stopOnce)
  const connection = storage.connectionString('devstoreaccount1')!
  const values = { AzureWebJobsStorage: connection }
  await writeFile(
    join(directory, 'local.settings.json'),
    JSON.stringify({ IsEncrypted: false, Values: values }),
  )
  return {
    directory,
    connection,
    stop: stopOnce,
    storageWords: (...words: string[]) => cli(['storage', ...words], { directory }),
    /** With the data folder, once nobody else has it open. */
    dataWords: (...words: string[]) => cli(['storage', ...words, '--data', 'state'], { directory }),
  }
}

test('files go up and come down as they were; what is there is not replaced unawares', async (t) => {
  const { directory, storageWords } = await storageBeside(t)
  const content = randomBytes(9_000_000)
  await writeFile(join(directory, 'ship.bin'), content)
  const up = await storageWords('upload', 'ship.bin', 'fleet/big/')
  assert.equal(up.output, 'fleet/big/ship.bin: 8.6 MiB uploaded\n')
  const again = await storageWords('upload', 'ship.bin', 'fleet/big/')
  assert.deepEqual(
    [again.exitCode, again.errors],
    [1, 'error: BlobAlreadyExists: The specified blob already exists.\n'],
  )
  assert.equal((await storageWords('upload', 'ship.bin', 'fleet/big/', '--overwrite')).exitCode, 0)
  const refused = await storageWords('download', 'fleet/big/ship.bin')
  assert.match(refused.errors, /ship\.bin is there already/)
  assert.equal((await storageWords('download', 'fleet/big/ship.bin', 'down/copy.bin')).exitCode, 0)
  assert.ok((await readFile(join(directory, 'down/copy.bin'))).equals(content))
  const listed = await storageWords('list', 'fleet/big')
  assert.match(listed.output, /^NAME +SIZE +MODIFIED +TYPE\nbig\/ship\.bin {2}8\.6 MiB {2}\S+Z/)
  const [blob] = JSON.parse((await storageWords('list', 'fleet', '--json')).output)
  assert.deepEqual([blob.name, blob.bytes], ['big/ship.bin', content.length])
  await writeFile(join(directory, 'note.txt'), 'ünï\n')
  await storageWords('upload', 'note.txt', 'fleet', '--contentType', 'text/plain')
  assert.equal((await storageWords('download', 'fleet/note.txt', '-')).output, 'ünï\n')
})

test('messages are sent as triggers expect them, and looked at without being taken', async (t) => {
  const { storageWords } = await storageBeside(t)
  const sent = await storageWords('send', 'orders', '{"a":1}')
  assert.match(sent.output, /^[0-9a-f-]{36}\n$/)
  for (const _ of [1, 2]) {
    const peeked = await storageWords('peek', 'orders')
    assert.match(peeked.output, /taken 0 times\n\{"a":1\}\n$/)
  }
  const [message] = JSON.parse((await storageWords('peek', 'orders', '--json')).output)
  assert.deepEqual([message.text, message.dequeueCount], ['{"a":1}', 0])
  assert.match((await storageWords('list')).output, /^KIND +NAME\nqueue {2}orders {2}1 message\n$/)
})

test('rows of a table are shown, filtered and cut', async (t) => {
  const { storageWords, connection } = await storageBeside(t)
  const table = TableClient.fromConnectionString(connection, 'ships', { allowInsecureConnection: true })
  await table.createTable()
  for (const [n, name] of ['Ann', 'Bea', 'Cat'].entries())
    await table.createEntity({
      partitionKey: 'p',
      rowKey: String(n),
      name,
      length: n * 10,
      since: new Date(0),
    })
  const all = await storageWords('query', 'ships', '--select', 'name,since')
  assert.match(all.output, /^name +since\nAnn +1970-01-01T00:00:00\.000Z\n/)
  const some = await storageWords('query', 'ships', '--filter', 'length ge 10', '--top', '1', '--json')
  assert.deepEqual(
    JSON.parse(some.output).map(({ name }: { name: string }) => name),
    ['Bea'],
  )
  const cut = await storageWords('query', 'ships', '--top', '2')
  assert.equal(cut.errors, 'Only the first 2; --top N shows more.\n')
  assert.equal((await storageWords('query', 'ships', '--filter', "name eq 'Dora'")).output, 'No row.\n')
})

test('what is not there, or not understood, is said in the words of the service', async (t) => {
  const { storageWords, stop } = await storageBeside(t)
  const errors = async (...words: string[]) => (await storageWords(...words)).errors
  assert.match(await errors('query', 'nothing'), /^error: TableNotFound/)
  assert.match(await errors('list', 'nothing'), /^error: ContainerNotFound/)
  assert.match(await errors('peek', 'nothing'), /^error: QueueNotFound/)
  assert.match(await errors('upload', 'nothing', 'c'), /^error: There is no file nothing/)
  assert.match(await errors('qery', 'x'), /Did you mean 'aloft storage query'\?/)
  assert.match(await errors('list', '--connection', 'Nowhere'), /There is no setting 'Nowhere'/)
  await stop()
  assert.match(await errors('list'), /No storage answers at the address of this account/)
})

test('accounts are made, given new keys and deleted', async (t) => {
  const { dataWords, stop } = await storageBeside(t)
  assert.match((await dataWords('accounts')).errors, /is in use by process/)
  await stop()
  const keyOf = (output: string) => /AccountKey=([^;]+);/.exec(output)?.[1]
  const made = await dataWords('accounts', 'create', 'second')
  assert.match(made.output, /^second\n {2}DefaultEndpointsProtocol=http;AccountName=second;/)
  const rotated = await dataWords('accounts', 'rotate', 'second')
  assert.notEqual(keyOf(rotated.output), keyOf(made.output))
  const names = JSON.parse((await dataWords('accounts', '--json')).output).map(
    ({ name }: { name: string }) => name,
  )
  assert.deepEqual(names, ['devstoreaccount1', 'second'])
  assert.equal((await dataWords('accounts', 'delete', 'second')).exitCode, 0)
  assert.match((await dataWords('accounts', 'rotate', 'second')).errors, /There is no storage account second/)
})

test('a check finds bytes that have changed on disk, and repairs by deleting them', async (t) => {
  const { directory, storageWords, dataWords, stop } = await storageBeside(t)
  for (const name of ['good', 'bad']) {
    await writeFile(join(directory, name), randomBytes(200_000 + name.length))
    await storageWords('upload', name, 'things')
  }
  await stop()
  assert.equal((await dataWords('check')).output, '2 blobs, 391 KiB: all are as they were written.\n')
  const bad = await readFile(join(directory, 'bad'))
  await damage(join(directory, 'state'), bad)
  const found = await dataWords('check')
  assert.equal(found.exitCode, 1)
  assert.match(
    found.output,
    /2 blobs, 391 KiB: 1 damaged\.\nACCOUNT +BLOB +WHICH +PROBLEM\ndevstoreaccount1 {2}things\/bad /,
  )
  const repaired = await dataWords('check', '--repair')
  assert.deepEqual([repaired.exitCode, /1 deleted\.\n$/.test(repaired.output)], [0, true])
  assert.match((await dataWords('check')).output, /^1 blobs, .* all are as they were written/)
})

/** Changes one byte of the file below `directory` that holds `content`. */
async function damage(directory: string, content: Buffer): Promise<void> {
  for await (const path of glob('**', { cwd: directory })) {
    const file = join(directory, path)
    const found = await readFile(file).catch(() => undefined)
    if (!found?.equals(content)) continue
    const handle = await open(file, 'r+')
    await handle.write(Buffer.from([content[1000]! ^ 255]), 0, 1, 1000)
    await handle.close()
    return
  }
  throw new Error('No file holds this content')
}
