/** Calls one storage operation for a while, many at a time, and reads what that cost the server. */
import type { StorageServer } from './storage-servers.ts'

export interface StorageSample {
  readonly count: number
  readonly seconds: number
  /** Of the server's process; processes that it started do nothing here. */
  readonly serverCpuMs: number
}

let calls = 0

export async function measureStorage(
  server: StorageServer,
  operation: (n: number) => Promise<void>,
  { connections, seconds }: { readonly connections: number; readonly seconds: number },
): Promise<StorageSample> {
  const cpuMs = () => server.process.processes()[0]?.cpuMs ?? Number.NaN
  const cpuBefore = cpuMs()
  const startMs = performance.now()
  const endMs = startMs + seconds * 1000
  let count = 0
  const run = async () => {
    while (performance.now() < endMs) {
      await operation(calls++)
      count++
    }
  }
  await Promise.all(Array.from({ length: connections }, run))
  return { count, seconds: (performance.now() - startMs) / 1000, serverCpuMs: cpuMs() - cpuBefore }
}
