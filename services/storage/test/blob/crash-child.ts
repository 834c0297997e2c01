/**
 * Puts, stages, commits, appends, pages and deletes blobs with all its might until it is killed, and says on its
 * standard output what was acknowledged, and before each change what it is about to do.
 * Arguments: folder, a prefix for names.
 */
import { openEngine } from '@aloft/engine'
import { Logger, systemClock } from '@aloft/kernel'
import { blobService } from '../../src/blob/index.ts'
import { defaultServiceProperties } from '../../src/protocol/service-properties.ts'
import { contentOf, testAddress } from './crash-content.ts'
import {
  appendBlock,
  clearPages,
  contextOf,
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

function say(...words: (string | number)[]): void {
  process.stdout.write(`${words.join(' ')} .\n`)
}

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

async function append(): Promise<never> {
  const name = `${prefix}-log`
  await putEmptyBlob(context, { ...testAddress, name }, 'AppendBlob', 0, {})
  for (let number = 0; ; number++) {
    await appendBlock(
      context,
      { ...testAddress, name },
      Buffer.from(`${String(number).padStart(7, '0')}\n`),
      {},
    )
    say('appended', name, number)
  }
}

async function page(): Promise<never> {
  const name = `${prefix}-pages`
  const address = { ...testAddress, name }
  await putEmptyBlob(context, address, 'PageBlob', 4096, {})
  for (let number = 1; ; number++) {
    const fill = number % 250
    say('paging', name, fill)
    await putPages(context, address, { start: 0, end: 4095 }, Buffer.alloc(4096, fill), {})
    say('paged', name, fill)
    if (number % 3 === 0) await clearPages(context, address, { start: 4096 - 512, end: 4095 }, {})
  }
}

await Promise.all([put(1), put(2), put(3), commit(), append(), page()])
