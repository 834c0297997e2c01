import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type Engine, openEngine } from '@aloft/engine'
import { Logger, UserError } from '@aloft/kernel'
import { VirtualClock } from '@aloft/kernel/testing'
import { patternOf } from '../src/conformance/backend.ts'
import { temporaryDirectory } from './sqlite-backend.ts'

const opener = join(import.meta.dirname, 'open-child.ts')

function open(directory: string): Promise<Engine> {
  const clock = new VirtualClock()
  return openEngine({ directory, clock, log: new Logger(clock, []) })
}

async function directoryFor(context: TestContext): Promise<string> {
  const directory = await temporaryDirectory()
  context.after(() => rm(directory, { recursive: true, force: true }))
  return directory
}

async function assertRefused(opening: Promise<unknown>, message: RegExp, file: string): Promise<void> {
  await assert.rejects(opening, (error) => {
    assert.ok(error instanceof UserError, String(error))
    assert.match(error.message, message)
    assert.ok(error.hint)
    assert.equal(error.location?.file, file)
    return true
  })
}

/** Whether `user` may run this Node.js and read this checkout. */
function canRun(user: number): boolean {
  const read = `require('node:fs').readFileSync(${JSON.stringify(opener)})`
  return spawnSync(process.execPath, ['-e', read], { uid: user, gid: user }).status === 0
}

/** A process that opens the engine; its first line of output says how that went. */
async function openElsewhere(directory: string, user?: number): Promise<[ChildProcess, string]> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', opener, directory], {
    stdio: ['pipe', 'pipe', 'inherit'],
    ...(user !== undefined && { uid: user, gid: user }),
  })
  const [line] = await once(child.stdout, 'data')
  return [child, String(line).trim()]
}

test('a file that is no database is refused, and left as it is', async (context) => {
  const directory = await directoryFor(context)
  const file = join(directory, 'engine.db')
  writeFileSync(file, 'my diary, by myself. '.repeat(100))
  await assertRefused(open(directory), /is not a database/, file)
  await assertRefused(open(directory), /is not a database/, file)
})

test('a damaged database is refused', async (context) => {
  const directory = await directoryFor(context)
  await (await open(directory)).close()
  const file = join(directory, 'engine.db')
  const bytes = readFileSync(file)
  writeFileSync(file, bytes.fill(0xa5, 100, 4096))
  await assertRefused(open(directory), /is damaged/, file)
})

test('a data folder that is a file is refused', async (context) => {
  const directory = await directoryFor(context)
  const file = join(directory, 'taken')
  writeFileSync(file, '')
  await assertRefused(open(file), /is not a folder/, file)
})

test('a folder that may not be written to is refused', async (context) => {
  const directory = join(await directoryFor(context), 'data')
  mkdirSync(directory)
  chmodSync(join(directory, '..'), 0o755)
  chmodSync(directory, 0o555)
  // Root may write anywhere: then somebody else has to try.
  if (process.getuid?.() !== 0) return assertRefused(open(directory), /cannot be/, directory)
  const nobody = 65_534
  if (!canRun(nobody))
    return context.skip('another user cannot reach this checkout, and root may write anywhere')
  const [child, line] = await openElsewhere(directory, nobody)
  child.kill()
  assert.match(line, /^UserError .*\/data cannot be (opened|written to)/)
})

test('a database of a newer program is refused', async (context) => {
  const directory = await directoryFor(context)
  const engine = await open(directory)
  await engine.database.write((transaction) =>
    transaction.run("UPDATE schema_version SET version = 99 WHERE service = 'queue'"),
  )
  await engine.close()
  await assertRefused(open(directory), /newer Aloft: 'queue' has version 99/, join(directory, 'engine.db'))
})

test('a folder is open once, within a process too', async (context) => {
  const directory = await directoryFor(context)
  const engine = await open(directory)
  const message = new RegExp(`in use by process ${process.pid}`)
  await assertRefused(open(directory), message, join(directory, 'engine.lock'))
  await engine.close()
  await (await open(directory)).close()
})

test('a folder that another process has open is refused until that process is gone, however it went', async (context) => {
  const directory = await directoryFor(context)
  const [child, line] = await openElsewhere(directory)
  assert.equal(line, 'open')
  const message = new RegExp(`in use by process ${child.pid}`)
  await assertRefused(open(directory), message, join(directory, 'engine.lock'))
  child.kill('SIGKILL')
  await once(child, 'exit')
  assert.ok(existsSync(join(directory, 'engine.pid')))
  await (await open(directory)).close()
})

test('what was put and not kept is gone at the next start, what was kept is found wherever it lies', async (context) => {
  const directory = await directoryFor(context)
  const engine = await open(directory)
  const { key } = await engine.blobs.put(patternOf(100_000))
  await engine.blobs.put(patternOf(50_000))
  await engine.database.write((transaction) => engine.blobs.keep(transaction, key))
  await engine.close()
  const fresh = join(directory, 'blobs', 'new')
  // As if the process had died before it moved the file.
  renameSync(join(directory, 'blobs', key.slice(-2), key), join(fresh, key))
  writeFileSync(join(fresh, 'half-written'), 'x')
  const again = await open(directory)
  assert.deepEqual(readdirSync(fresh), [])
  assert.equal(Buffer.compare(await again.blobs.bytes(key), patternOf(100_000)), 0)
  await again.close()
})

test('what was released is deleted at the next start when it could not be before', async (context) => {
  const directory = await directoryFor(context)
  const engine = await open(directory)
  const { key } = await engine.blobs.put(patternOf(100_000))
  await engine.database.write((transaction) => engine.blobs.keep(transaction, key))
  // As if the process had died between the commit and the deletion.
  await engine.database.write((transaction) =>
    transaction.run('UPDATE blob SET refs = -1 WHERE key = ?', key),
  )
  await engine.close()
  const file = join(directory, 'blobs', key.slice(-2), key)
  assert.ok(existsSync(file))
  const again = await open(directory)
  assert.equal(await again.blobs.collect(0), 100_000)
  assert.ok(!existsSync(file))
  await again.close()
})

test('ids of messages go on ascending after a restart, also when the queue was empty', async (context) => {
  const directory = await directoryFor(context)
  let last = 0
  for (let round = 0; round < 3; round++) {
    const { database, queues, close } = await open(directory)
    const [id = 0] = await database.write((transaction) =>
      queues.enqueue(transaction, 'q', [{ body: new Uint8Array(1) }]),
    )
    assert.ok(id > last)
    last = id
    await database.write((transaction) => queues.purge(transaction, 'q'))
    await close()
  }
})
