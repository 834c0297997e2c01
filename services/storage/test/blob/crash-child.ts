/**
 * Puts, stages, commits, appends, pages, copies and deletes blobs with all its might until it is killed, and says on
 * its standard output what was acknowledged, and before each change what it is about to do.
 * Arguments: folder, a prefix for names.
 */
import { openEngine } from '@aloft/engine'
import { say } from '@aloft/engine/testing'
import { Logger, systemClock } from '@aloft/kernel'
import { blobService } from '../../src/blob/index.ts'
import { defaultServiceProperties } from '../../src/protocol/service-properties.ts'
import { blockId, contentOf, lineOf, runBytes, runsPerBlob, testAddress } from './crash-content.ts'
import {
  appendBlock,
  clearPages,
  contextOf,
  copyWithin,
  putBlock,
  putBlockList,
  putEmptyBlob,
  putPages,
} from './crash-verbs.ts'

const [directory = '', prefix = ''] = process.argv.slice(2)
const log = new Logger(systemClock, [])
const engine = await openEngine({ directory, clock: systemClock, log })
const properties = () => defaultServiceProperties
const { store } = await blobService({ engine, clock: systemClock, log, properties })
const context = contextOf(engine)
await store.createContainer(testAddress).catch(() => {})

/** Each name is written over and over and now and then deleted; the content tells its number. */
async function put(worker: number): Promise<never> {
  for (let number = 0; ; number++) {
    const name = `${prefix}-put-${worker}-${number % 5}`
    const address = { ...testAddress, name }
    say('trying', name, number)
    await store.upload(address, contentOf(name, number))
    say('stored', name, number)
    if (number % 7 !== 6) continue
    say('trying', name, -1)
    await store.delete(address)
    say('stored', name, -1)
  }
}

async function commit(): Promise<never> {
  for (let number = 0; ; number++) {
    const name = `${prefix}-blocks-${number % 3}`
    const address = { ...testAddress, name }
    const content = contentOf(name, number)
    const ids = ['AAAA', 'BBBB', 'CCCC']
    const size = Math.ceil(content.length / ids.length)
    say('trying', name, number)
    for (const [index, id] of ids.entries())
      await putBlock(context, address, id, content.subarray(index * size, (index + 1) * size), {})
    await putBlockList(
      context,
      address,
      ids.map((id) => ({ id, from: 'latest' })),
      {},
    )
    say('stored', name, number)
  }
}

/** Blocks that nobody commits before the crash. */
async function stage(): Promise<never> {
  const name = `${prefix}-staged`
  for (let number = 0; ; number++) {
    await putBlock(context, { ...testAddress, name }, blockId(number), contentOf(name, number), {})
    say('staged', name, number)
  }
}

/** What was copied stays when its source is written over or deleted. */
async function copy(): Promise<never> {
  const source = { ...testAddress, name: `${prefix}-source` }
  for (let number = 0; ; number++) {
    const name = `${prefix}-copy-${number % 4}`
    await store.upload(source, contentOf(name, number))
    say('trying', name, number)
    await copyWithin(context, source, { ...testAddress, name }, { sourceUrl: 'http://here' })
    say('stored', name, number)
    if (number % 3 === 0) await store.delete(source)
  }
}

async function append(): Promise<never> {
  const name = `${prefix}-log`
  const address = { ...testAddress, name }
  await putEmptyBlob(context, address, 'AppendBlob', 0, {})
  for (let number = 0; ; number++) {
    await appendBlock(context, address, Buffer.from(lineOf(number)), {})
    say('appended', name, number)
  }
}

/** Runs of pages, written over and now and then cleared. */
async function page(size: 'small' | 'large'): Promise<never> {
  const name = `${prefix}-pages-${size}`
  const address = { ...testAddress, name }
  const bytes = runBytes(name)
  await putEmptyBlob(context, address, 'PageBlob', runsPerBlob * bytes, {})
  for (let number = 1; ; number++) {
    const run = number % runsPerBlob
    const range = { start: run * bytes, end: (run + 1) * bytes - 1 }
    const fill = number % 7 === 0 ? 0 : number % 250
    say('paging', name, run, fill)
    if (fill === 0) await clearPages(context, address, range, {})
    else await putPages(context, address, range, Buffer.alloc(bytes, fill), {})
    say('paged', name, run, fill)
  }
}

await Promise.all([put(1), put(2), put(3), commit(), stage(), copy(), append(), page('small'), page('large')])
