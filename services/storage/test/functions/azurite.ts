/** Azurite in a process of its own, in memory, as an account elsewhere. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { developmentAccountKey, developmentAccountName } from '../../src/accounts/account-name.ts'
import type { ServiceName } from '../../src/contracts.ts'

export interface Azurite {
  readonly connectionString: string
  /** E.g. `http://127.0.0.1:41234/devstoreaccount1`. */
  readonly url: string
  close(): Promise<void>
}

/** Starts one of its services on a free port. */
export async function startAzurite(service: ServiceName): Promise<Azurite> {
  // It leaves files where it is started.
  const directory = await mkdtemp(join(tmpdir(), 'aloft-azurite-'))
  const main = createRequire(import.meta.url).resolve(`azurite/dist/src/${service}/main.js`)
  const options = [
    `--${service}Port`,
    '0',
    '--inMemoryPersistence',
    '--skipApiVersionCheck',
    '--disableTelemetry',
  ]
  const child = spawn(process.execPath, [main, ...options, '--silent'], {
    cwd: directory,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  for await (const line of createInterface({ input: child.stdout })) {
    const origin = /successfully listens on (\S+)/.exec(line)?.[1]
    if (origin === undefined) continue
    const url = `${origin}/${developmentAccountName}`
    const endpoint = `${service[0]!.toUpperCase()}${service.slice(1)}Endpoint=${url}`
    return {
      url,
      connectionString: `DefaultEndpointsProtocol=http;AccountName=${developmentAccountName};AccountKey=${developmentAccountKey};${endpoint}`,
      close: async () => {
        child.kill('SIGKILL')
        await exited
        await rm(directory, { recursive: true, force: true })
      },
    }
  }
  throw new Error('Azurite did not start.')
}
