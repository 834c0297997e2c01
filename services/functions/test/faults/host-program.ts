/**
 * A program: `node host-program.ts APP DATA NOW` hosts the app in the folder APP with its state in DATA, on a clock
 * that begins at NOW (milliseconds since 1970) and is turned by messages: a number of milliseconds each, answered when
 * it has been turned. Once the app runs it says `started`. Its log goes to stdout.
 */
import { join } from 'node:path'
import { openEngine } from '@aloft/engine'
import { Logger } from '@aloft/kernel'
import { VirtualClock } from '@aloft/kernel/testing'
import { FunctionsHost } from '../../src/index.ts'

/** So that the database keeps up. */
const stepMs = 10_000

const [rootDirectory = '', dataDirectory = '', now] = process.argv.slice(2)
const clock = new VirtualClock(Number(now))
const log = new Logger(clock, [{ write: ({ message }) => process.stdout.write(`${message}\n`) }])
const engine = await openEngine({ directory: dataDirectory, clock, log })
const { PATH = '' } = process.env
const host = new FunctionsHost({
  engine,
  clock,
  dataDirectory,
  workerFile: join(import.meta.dirname, '../../../../workers/node/src/main.ts'),
  environment: { PATH },
  standbyWorkers: 0,
})
await host.startApp({ rootDirectory, log, host: '127.0.0.1', port: 0 })
process.on('message', async (ms: number) => {
  for (let left = ms; left > 0; left -= stepMs) {
    await clock.advance(Math.min(stepMs, left))
    await engine.database.write(() => undefined)
  }
  process.send?.('turned')
})
process.send?.('started')
