/** The storage servers that are compared, each with one port a service and the well-known account. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { accepts, freePort, type ServerCommand, type ServerProcess, startServer } from './server-process.ts'
import { helloApp } from './servers.ts'

export interface StoragePorts {
  readonly blob: number
  readonly queue: number
  readonly table: number
}

export interface StorageServer {
  readonly name: string
  readonly process: ServerProcess
  readonly ports: StoragePorts
}

const root = fileURLToPath(new URL('../..', import.meta.url))
const startTimeoutMs = 30_000
const pollMs = 10

const commands = {
  aloft: (ports, data): ServerCommand => ({
    file: join(root, 'aloft'),
    args: [
      ...['start', helloApp, '--port', '0', '--data', data],
      ...['--storage-ports', `${ports.blob},${ports.queue},${ports.table}`],
    ],
  }),
  azurite: (ports, data) => ({
    file: process.execPath,
    args: [
      join(root, 'node_modules/azurite/dist/src/azurite.js'),
      ...['--location', data, '--silent', '--skipApiVersionCheck', '--disableTelemetry'],
      ...['--blobPort', String(ports.blob), '--queuePort', String(ports.queue)],
      ...['--tablePort', String(ports.table)],
    ],
  }),
  'empty server': (ports) => ({
    file: process.execPath,
    args: [
      join(root, 'bench/fixtures/empty-storage.mjs'),
      ...[ports.blob, ports.queue, ports.table].map((port) => String(port)),
    ],
  }),
} satisfies Record<string, (ports: StoragePorts, data: string) => ServerCommand>

export type StorageServerName = keyof typeof commands
export const storageServerNames = Object.keys(commands) as StorageServerName[]

/** A folder for storage, removed with `stack`. */
export function storageFolder(stack: AsyncDisposableStack): string {
  const data = mkdtempSync(join(tmpdir(), 'aloft-bench-storage-'))
  stack.defer(() => rmSync(data, { recursive: true, force: true }))
  return data
}

/** Starts a server on what is in the folder `data`, by default nothing; it is ended with `stack`. */
export async function startStorageServer(
  name: StorageServerName,
  stack: AsyncDisposableStack,
  data: string = storageFolder(stack),
): Promise<StorageServer> {
  const [queue, table] = [await freePort(), await freePort()]
  let ports: StoragePorts = { blob: 0, queue, table }
  const process = await startServer(
    (blob) => {
      ports = { ...ports, blob }
      return commands[name](ports, data)
    },
    { path: undefined, timeoutMs: startTimeoutMs },
  )
  stack.use(process)
  for (const port of [queue, table]) while (!(await accepts(port))) await sleep(pollMs)
  return { name, process, ports }
}
