/** Writes and deletes blobs until it is killed, and says what was acknowledged. Arguments: folder, a prefix for names. */
import { openEngine } from '@aloft/engine'
import { Logger, systemClock } from '@aloft/kernel'
import { openStorage } from '../../src/storage-service.ts'
import { EventOutbox } from './event-outbox.ts'

const [directory = '', prefix = ''] = process.argv.slice(2)
const log = new Logger(systemClock, [])
const engine = await openEngine({ directory, clock: systemClock, log })
const storage = await openStorage({ engine, clock: systemClock, log, events: await EventOutbox.open(engine) })
const box = { account: 'devstoreaccount1', container: 'box' }
await storage.blobs.createContainer(box).catch(() => {})

async function work(worker: number): Promise<never> {
  for (let number = 0; ; number++) {
    const name = `${prefix}-${worker}-${number}`
    await storage.blobs.upload({ ...box, name }, Buffer.from(name))
    process.stdout.write(`created ${name} .\n`)
    if (number % 3 !== 0) continue
    await storage.blobs.delete({ ...box, name })
    process.stdout.write(`deleted ${name} .\n`)
  }
}

await Promise.all([0, 1, 2, 3].map(work))
