/** Azurite's table service in a process of its own, in memory: a table service that is not ours. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { accountKey, accountName } from '../table/table-server.ts'

export interface Azurite {
  readonly connectionString: string
  close(): Promise<void>
}

export async function startAzuriteTables(): Promise<Azurite> {
  // It does not say which port it got, so it cannot be left to choose.
  const port = await freePort()
  const main = createRequire(import.meta.url).resolve('azurite/dist/src/table/main.js')
  const options = ['--inMemoryPersistence', '--skipApiVersionCheck', '--disableTelemetry', '--silent']
  const child = spawn(process.execPath, [main, '--tablePort', String(port), ...options], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  for await (const line of createInterface(child.stdout)) if (line.includes('successfully')) break
  return {
    connectionString: `DefaultEndpointsProtocol=http;AccountName=${accountName};AccountKey=${accountKey};TableEndpoint=http://127.0.0.1:${port}/${accountName};`,
    async close() {
      const exit = once(child, 'exit')
      child.kill('SIGKILL')
      await exit
    },
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address ? address.port : 0
}
