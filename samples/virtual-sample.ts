/** Starts a sample in this process, on a clock that its test turns: hours pass in milliseconds. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openPlatform } from '@aloft/cli'
import { Logger, systemClock } from '@aloft/kernel'
import { VirtualClock } from '@aloft/kernel/testing'

export interface VirtualSample {
  readonly url: string
  /** The platform's; the app's own process knows nothing of it. */
  readonly clock: VirtualClock
  readonly storageConnection: string
  stop(): Promise<void>
}

const stopMs = 5000

/** Starts the app in `directory` on a free port, at the real time. */
export async function runVirtualSample(directory: string): Promise<VirtualSample> {
  const clock = new VirtualClock(systemClock.now())
  const log = new Logger(clock, [])
  const dataDirectory = await mkdtemp(join(tmpdir(), 'aloft-sample-'))
  const platform = await openPlatform({
    dataDirectory,
    environment: process.env,
    clock,
    log,
    storage: { ports: { blob: 0, queue: 0, table: 0 }, address: undefined, tokens: undefined },
  })
  const app = await platform.functions.startApp({ rootDirectory: directory, log, port: 0 })
  return {
    url: `http://localhost:${app.port}`,
    clock,
    storageConnection: platform.storage?.developmentConnectionString ?? '',
    async stop() {
      await platform.close(AbortSignal.timeout(stopMs))
      await rm(dataDirectory, { recursive: true, force: true })
    },
  }
}
