/**
 * A program: `node idle-host.ts PORT DATA STANDBY` serves the hello app as `aloft start` does, but without its
 * console, with STANDBY generic workers waiting, and stops the app's worker as soon as it has no work.
 */
import { fileURLToPath } from 'node:url'
import { openEngine } from '@aloft/engine'
import { FunctionsHost } from '@aloft/functions'
import { Logger, systemClock } from '@aloft/kernel'
import { helloApp } from './servers.ts'

const idleStopMs = 100
const [port, dataDirectory = '', standbyWorkers] = process.argv.slice(2)

const log = new Logger(systemClock, [])
const engine = await openEngine({ directory: dataDirectory, clock: systemClock, log })
const host = new FunctionsHost({
  engine,
  clock: systemClock,
  dataDirectory,
  workerFile: fileURLToPath(new URL('../../workers/node/src/main.ts', import.meta.url)),
  environment: process.env as Record<string, string>,
  standbyWorkers: Number(standbyWorkers),
})
await host.startApp({
  rootDirectory: helloApp,
  log,
  port: Number(port),
  idleStopMs,
})
process.once('SIGTERM', async () => {
  await host.close(AbortSignal.timeout(5000))
  await engine.close()
  process.exit()
})
