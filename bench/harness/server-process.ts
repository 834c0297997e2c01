/** A server under measurement: a child process that is started, awaited until it answers, and ended. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { request } from 'node:http'
import { type AddressInfo, connect, createServer } from 'node:net'
import { bindToThisProcess } from './child-processes.ts'
import { type ProcessFacts, processTree } from './processes.ts'

export interface ServerCommand {
  readonly file: string
  readonly args: readonly string[]
  /** Added to the environment of this process. */
  readonly environment?: Readonly<Record<string, string>>
}

/** What tells whether a server is there. */
export interface Probe {
  /** Of a GET that must be answered with 200; undefined: the server need only accept a connection. */
  readonly path: string | undefined
  readonly timeoutMs: number
}

const retryMs = 2
const stopTimeoutMs = 15_000
const keptOutputChars = 4000

export class ServerProcess implements AsyncDisposable {
  readonly port: number
  /** From just before the process was started to the end of its first answer. */
  readonly firstAnswerMs: number
  readonly #child: ChildProcess

  constructor(child: ChildProcess, port: number, firstAnswerMs: number) {
    this.#child = child
    this.port = port
    this.firstAnswerMs = firstAnswerMs
  }

  /** The server's own process first, then the processes it started. */
  processes(): readonly ProcessFacts[] {
    return processTree(this.#child.pid ?? -1)
  }

  /** Asks the server to end, waits, and kills it when it does not. */
  async [Symbol.asyncDispose](): Promise<void> {
    await stop(this.#child)
  }
}

/**
 * Starts a server and waits for its first answer. Its output is read, as a terminal or a service manager would,
 * and shown when it ends too early or does not answer in time.
 */
export async function startServer(
  command: (port: number) => ServerCommand,
  probe: Probe,
): Promise<ServerProcess> {
  const port = await freePort()
  const { file, args, environment } = command(port)
  const startMs = performance.now()
  const child = spawn(file, args, {
    // The compile cache is that of the `aloft` script, which ran this; others are not started with it.
    env: { ...process.env, NODE_COMPILE_CACHE: undefined, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  bindToThisProcess(child)
  let output = ''
  const keep = (text: Buffer) => {
    if (output.length < keptOutputChars) output += text.toString()
  }
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  child.once('error', (error) => keep(Buffer.from(error.message)))
  const describe = (what: string) => new Error(`${file} ${args.join(' ')}: ${what}\n${output}`)

  while (!(await answers(port, probe))) {
    if (child.exitCode !== null || child.pid === undefined) throw describe('ended before it answered')
    if (performance.now() - startMs > probe.timeoutMs) {
      await stop(child)
      throw describe(
        `did not answer${probe.path === undefined ? '' : ` GET ${probe.path} with 200`} within ${probe.timeoutMs} ms`,
      )
    }
    await new Promise((resolve) => setTimeout(resolve, retryMs))
  }
  return new ServerProcess(child, port, performance.now() - startMs)
}

/** Whether the server meets the probe over a new connection; reads the answer to its end. */
export function answers(port: number, { path, timeoutMs }: Probe): Promise<boolean> {
  if (path === undefined) return accepts(port)
  return new Promise((resolve) => {
    const options = { host: '127.0.0.1', port, path, agent: false, timeout: timeoutMs }
    const call = request(options, (response) => {
      response.resume()
      response.on('end', () => resolve(response.statusCode === 200))
      response.on('error', () => resolve(false))
    })
    call.on('timeout', () => call.destroy())
    call.on('error', () => resolve(false))
    call.end()
  })
}

/** Whether something listens on the port of this machine. */
export function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('error', () => resolve(false))
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
  })
}

/** A port that nothing listened on a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

async function stop(child: ChildProcess): Promise<void> {
  // Its end, or what kept it from starting, has been seen already.
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  const killTimer = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs)
  child.kill('SIGTERM')
  await once(child, 'close')
  clearTimeout(killTimer)
}
