/** The gRPC server on a free port, with the real SDK as client and worker. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type GrpcServer, openGrpcServer, openTaskHubs } from '@aloft/durable'
import { openEngine } from '@aloft/engine'
import { Logger } from '@aloft/kernel'
import { VirtualClock } from '@aloft/kernel/testing'
import * as grpc from '@grpc/grpc-js'
import {
  NoOpLogger,
  TaskHubGrpcClient,
  TaskHubGrpcWorker,
  type TaskHubGrpcWorkerOptions,
} from '@microsoft/durabletask-js'

export interface SdkFixture {
  readonly clock: VirtualClock
  readonly logged: string[]
  /** Of one hub. */
  client(taskHub?: string): TaskHubGrpcClient
  /** Not started; stopped by `close` when it has been. */
  worker(options?: TaskHubGrpcWorkerOptions & { readonly taskHub?: string }): TaskHubGrpcWorker
  /** Ends the server and the engine, and opens both on the same data and port. */
  restart(): Promise<void>
  readonly port: number
  close(): Promise<void>
}

export async function openSdkFixture(): Promise<SdkFixture> {
  const directory = mkdtempSync(join(tmpdir(), 'aloft-grpc-'))
  const clock = new VirtualClock()
  const logged: string[] = []
  const log = new Logger(clock, [
    {
      write: ({ message, error, level }) =>
        level === 'error' && logged.push(`${message} ${error?.stack ?? ''}`),
    },
  ])
  const open = async (port: number) => {
    const engine = await openEngine({ directory, clock, log })
    const hubs = await openTaskHubs({ engine, clock, log })
    const server = await openGrpcServer({ hubs, clock, log, port })
    return { engine, hubs, server }
  }
  const shut = async ({
    engine,
    hubs,
    server,
  }: { server: GrpcServer } & Awaited<ReturnType<typeof open>>) => {
    await server.close()
    await hubs.close()
    await engine.close()
  }
  let current = await open(0)
  const { port } = current.server
  const clients: TaskHubGrpcClient[] = []
  const workers: TaskHubGrpcWorker[] = []
  const optionsFor = (taskHub: string) => ({
    hostAddress: `127.0.0.1:${port}`,
    logger: new NoOpLogger(),
    async metadataGenerator() {
      const metadata = new grpc.Metadata()
      metadata.set('taskhub', taskHub)
      return metadata
    },
  })
  return {
    clock,
    logged,
    port,
    client(taskHub = 'default') {
      const client = new TaskHubGrpcClient(optionsFor(taskHub))
      clients.push(client)
      return client
    },
    worker({ taskHub = 'default', ...options } = {}) {
      const worker = new TaskHubGrpcWorker({ ...optionsFor(taskHub), ...options })
      workers.push(worker)
      return worker
    },
    async restart() {
      await shut(current)
      current = await open(port)
    },
    async close() {
      // One that was never started has nothing to stop.
      await Promise.all([
        ...workers.map((worker) => worker.stop().catch(() => {})),
        ...clients.map((client) => client.stop()),
      ])
      await shut(current)
      rmSync(directory, { recursive: true })
    },
  }
}
