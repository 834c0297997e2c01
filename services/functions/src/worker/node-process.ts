/** Starts the process in which a Node app's code runs. */
import { type ChildProcess, spawn } from 'node:child_process'
import type { Socket } from 'node:net'

export interface NodeProcessOptions {
  /** The worker's entry file. */
  readonly workerFile: string
  readonly workerId: string
  /** A Node.js other than the host's own; it must run TypeScript. */
  readonly executable: string | undefined
  /** Arguments for `node` itself, before the entry file (`--inspect=9229`, `--max-old-space-size=4096`). */
  readonly nodeArguments: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  readonly directory: string
  /** Where the host would answer gRPC for libraries that open a channel of their own. */
  readonly grpcPort: number
}

export interface NodeProcess {
  readonly child: ChildProcess
  /** Frames to and from the worker. */
  readonly pipe: Socket
}

/** A worker that is paused in a debugger does not notice that its host has gone. */
const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

const maxMessageBytes = 2147483647

/**
 * A larger young generation, from the start: an HTTP invocation leaves garbage of some KiB behind and nothing that
 * stays. With the default size most of the worker's time under load went into scavenges, and V8 enlarges it only when
 * something survives.
 */
const tuning = ['--max-semi-space-size=32', '--min-semi-space-size=8']

/** The argument list is part of the contract: libraries read `--functions-uri` from it (functions RPC, all languages). */
export function startNodeProcess(options: NodeProcessOptions): NodeProcess {
  const uri = `http://127.0.0.1:${options.grpcPort}/`
  const id = options.workerId
  const hostArguments = [
    ...['--host', '127.0.0.1', '--port', String(options.grpcPort), '--workerId', id, '--requestId', id],
    ...[
      '--grpcMaxMessageLength',
      String(maxMessageBytes),
      '--functions-uri',
      uri,
      '--functions-worker-id',
      id,
    ],
    ...['--functions-request-id', id, '--functions-grpc-max-message-length', String(maxMessageBytes)],
  ]
  const nodeArguments = [...tuning, '--disable-warning=ExperimentalWarning', ...options.nodeArguments]
  const child = spawn(
    options.executable ?? process.execPath,
    [...nodeArguments, options.workerFile, ...hostArguments],
    {
      cwd: options.directory,
      env: options.environment,
      // The IPC channel is for what a pipe cannot carry: the connections of clients.
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', ...(process.platform === 'win32' ? [] : (['ipc'] as const))],
    },
  )
  running.add(child)
  child.once('exit', () => running.delete(child))
  return { child, pipe: child.stdio[3] as unknown as Socket }
}
