import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openEngine } from '@aloft/engine'
import type { Backend } from '@aloft/engine/testing'
import { Logger } from '@aloft/kernel'

/** A folder for one test; remove it afterwards. */
export function temporaryDirectory(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'aloft-engine-'))
}

/** The embedded engine, in a folder of its own. */
export const sqlite: Backend = {
  name: 'sqlite',
  async open(clock) {
    const directory = await temporaryDirectory()
    const engine = await openEngine({ directory, clock, log: new Logger(clock, []) })
    return {
      ...engine,
      close: async () => {
        await engine.close()
        await rm(directory, { recursive: true })
      },
    }
  },
}
