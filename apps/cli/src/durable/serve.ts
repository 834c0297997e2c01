/** `aloft durable serve`: task hubs for portable Durable Task SDKs, as the Durable Task Scheduler's emulator serves them. */
import { openGrpcServer, openTaskHubs } from '@aloft/durable'
import { openEngine } from '@aloft/engine'
import { isAtLeast, Logger, type LogSink } from '@aloft/kernel'
import { dataDirectory } from '../data-directory.ts'
import { aborted } from '../start/platform-end.ts'
import type { DurableCall } from './durable-call.ts'

/** The port of the emulator. */
const usualPort = 8080

/** Until Ctrl+C. No other process may have the folder open. */
export async function serve({ options, context }: DurableCall): Promise<void> {
  const { clock, terminal } = context
  const directory = dataDirectory(options.data, context.directory, context)
  const stop = context.stopSignal()
  const sink: LogSink = {
    isEnabled: (level) => isAtLeast(level, 'warning'),
    write: ({ message }) => terminal.writeError(`${message}\n`),
  }
  const log = new Logger(clock, [sink])
  await using stack = new AsyncDisposableStack()
  const engine = stack.adopt(await openEngine({ directory, clock, log }), (each) => each.close())
  const hubs = stack.adopt(await openTaskHubs({ engine, clock, log }), (each) => each.close())
  const port = options['grpc-port'] ?? options.port ?? usualPort
  const server = stack.adopt(await openGrpcServer({ hubs, clock, log, port }), (each) => each.close())
  const hub = options['task-hub-name'] ?? 'default'
  terminal.write(`Endpoint=http://localhost:${server.port};TaskHub=${hub};Authentication=None\n`)
  terminal.write(`Data: ${directory}\nCtrl+C ends it.\n`)
  await aborted(stop)
}
