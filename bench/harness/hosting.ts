/**
 * A program: `node --expose-gc hosting.ts FOLDER DATA` hosts every app folder below FOLDER at one address, each
 * under its folder's name, as `aloft up` does, but without a console. It tells over IPC what that took.
 */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openEngine } from '@aloft/engine'
import { FunctionsHost } from '@aloft/functions'
import { Logger, systemClock } from '@aloft/kernel'

/** What the program tells once all apps are hosted. */
export interface HostingReport {
  readonly port: number
  readonly startMs: number
  /** Resident bytes and bytes of JavaScript objects that the apps have added to the process. */
  readonly residentBytes: number
  readonly heapBytes: number
}

const idleStopMs = 1000
const [folder = '', dataDirectory = ''] = process.argv.slice(2)

const log = new Logger(systemClock, [])
const engine = await openEngine({ directory: dataDirectory, clock: systemClock, log })
const host = new FunctionsHost({
  engine,
  clock: systemClock,
  log,
  dataDirectory,
  workerFile: fileURLToPath(new URL('../../workers/node/src/main.ts', import.meta.url)),
  environment: process.env as Record<string, string>,
})
const sharedFront = await host.openSharedFront({ port: 0 })
const names = readdirSync(folder)

const before = settledMemory()
const startMs = performance.now()
await Promise.all(
  names.map((name) =>
    host.startApp({
      rootDirectory: join(folder, name),
      overrides: { name },
      log,
      sharedFront,
      start: 'lazy',
      isWatching: true,
      idleStopMs,
    }),
  ),
)
const durationMs = performance.now() - startMs
const after = settledMemory()
const report: HostingReport = {
  port: sharedFront.port,
  startMs: durationMs,
  residentBytes: after.rss - before.rss,
  heapBytes: after.heapUsed - before.heapUsed,
}
process.send?.(report)
process.once('SIGTERM', async () => {
  await host.close(AbortSignal.timeout(5000))
  await engine.close()
  process.exit()
})

function settledMemory(): NodeJS.MemoryUsage {
  // Twice: the first one may only find what the second one frees.
  globalThis.gc?.()
  globalThis.gc?.()
  return process.memoryUsage()
}
