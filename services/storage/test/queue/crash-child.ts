/** Queue Storage in a process that is there to be killed. Argument: the data folder. Says its port, then serves. */
import { openEngine } from '@aloft/engine'
import { Logger, systemClock } from '@aloft/kernel'
import { openStorage } from '../../src/storage-service.ts'

const [directory = ''] = process.argv.slice(2)
const clock = systemClock
const log = new Logger(clock, [])
const engine = await openEngine({ directory, clock, log })
const storage = await openStorage({ engine, clock, log })
const { queue } = await storage.listen({ host: '127.0.0.1', ports: { blob: 0, queue: 0, table: 0 } })
process.stdout.write(`port ${queue}\n`)
