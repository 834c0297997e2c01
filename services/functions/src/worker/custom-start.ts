/** From host.json's description to a custom handler that answers: a port, a process, and its first response. */
import { UserError } from '@aloft/kernel'
import type { AppConfiguration, CustomHandlerConfiguration } from '../contracts.ts'
import { customCommand } from './custom-command.ts'
import { handlerHost, isAnswering } from './custom-http.ts'
import { isPortTaken, type PortSource } from './custom-ports.ts'
import { CustomProcess, type ProcessEnd } from './custom-process.ts'

/** What all handlers of a host share. */
export interface HandlerResources {
  readonly ports: PortSource
  /** Path of a PEM file with all authorities that handlers are to trust. */
  readonly trustBundle: (() => Promise<string>) | undefined
}

export interface HandlerStart extends HandlerResources {
  readonly app: AppConfiguration
  readonly handler: CustomHandlerConfiguration
  readonly workerId: string
  /** Aborts when the handler is not wanted any more. */
  readonly signal: AbortSignal
  onLine(stream: 'stdout' | 'stderr', line: string): void
  /** A process was started; another one may follow when its port was taken. */
  onProcess(process: CustomProcess): void
}

/** As often as the official host asks. */
const pollMs = 25
const portAttempts = 3

/**
 * Starts the handler; resolves with its port when it answers. Throws a UserError that names the executable and what
 * was expected of it, and the signal's reason; the last process has ended then.
 */
export async function startHandler(options: HandlerStart): Promise<number> {
  const { handler, ports } = options
  if (handler.port !== undefined) return startOnFixedPort(options, handler.port)
  for (let attempt = 1; ; attempt++) {
    const port = await ports.take()
    let isAnswered = false
    try {
      const end = await tryPort(options, port)
      isAnswered = !end
      if (!end) return port
      if (attempt === portAttempts || !(await isPortTaken(port))) throw endedEarly(handler, port, end)
    } finally {
      if (!isAnswered) ports.giveBack(port)
    }
  }
}

async function startOnFixedPort(options: HandlerStart, port: number): Promise<number> {
  const { handler } = options
  if (await isPortTaken(port)) {
    const { place, location } = handler
    throw new UserError(`${place}: the port ${port} of the custom handler is in use by another program.`, {
      location,
      hint: "Without 'port' the handler gets a free one, in FUNCTIONS_CUSTOMHANDLER_PORT.",
    })
  }
  const end = await tryPort(options, port)
  if (end) throw endedEarly(handler, port, end)
  return port
}

/** Undefined when the handler answers, else how it ended. Rejects when it is too slow, or not wanted any more. */
async function tryPort(options: HandlerStart, port: number): Promise<ProcessEnd | undefined> {
  const { app, handler, workerId, signal } = options
  const command = await customCommand(app, handler, workerId, port)
  const environment = { ...(await trust(options)), ...command.environment }
  signal.throwIfAborted()
  const process = new CustomProcess({ ...command, environment }, app.context.clock, options.onLine)
  options.onProcess(process)
  try {
    return await untilAnswering(options, process, port)
  } catch (error) {
    process.signal('SIGKILL')
    await process.ended
    throw error
  }
}

/** What OpenSSL, Go and Rust look at, and Python's `requests`; both replace the list that they have. */
async function trust({ trustBundle }: HandlerResources): Promise<Readonly<Record<string, string>>> {
  const path = await trustBundle?.()
  return path === undefined ? {} : { SSL_CERT_FILE: path, REQUESTS_CA_BUNDLE: path }
}

async function untilAnswering(
  { app, handler, signal }: HandlerStart,
  process: CustomProcess,
  port: number,
): Promise<ProcessEnd | undefined> {
  const { clock } = app.context
  const stop = new AbortController()
  const wait = AbortSignal.any([signal, stop.signal])
  const limit = clock.after(handler.startTimeoutMs, () => stop.abort(neverAnswered(handler, port)))
  let end: ProcessEnd | undefined
  void process.ended.then((how) => {
    end = how
    stop.abort()
  })
  try {
    while (!(await isAnswering(port, clock, wait))) await clock.sleep(pollMs, wait)
    // Another program may answer on behalf of a handler that has died.
    wait.throwIfAborted()
  } catch (error) {
    if (!end) throw error
  } finally {
    limit.cancel()
  }
  return end
}

function neverAnswered(
  { executable, place, location, startTimeoutMs }: CustomHandlerConfiguration,
  port: number,
) {
  return new UserError(
    `${place}: the custom handler '${executable}' did not answer on http://${handlerHost}:${port}/ within ` +
      `${startTimeoutMs / 1000} s; expected any HTTP response.`,
    { location, hint: listenHint },
  )
}

const listenHint = `Let it listen on ${handlerHost} at the port that stands in the environment variable FUNCTIONS_CUSTOMHANDLER_PORT.`

function endedEarly(handler: CustomHandlerConfiguration, port: number, end: ProcessEnd): UserError {
  const { executable, place, location } = handler
  const subject = `${place}: the custom handler '${executable}'`
  if (end.error?.code === 'ENOENT')
    return new UserError(`${subject} was not found; expected a file of the app or a command on PATH.`, {
      location,
      hint: 'If it is a program that has to be built, build it; paths are relative to the folder of host.json.',
    })
  if (end.error)
    return new UserError(`${subject} could not be started: ${end.error.message}.`, {
      location,
      hint: end.error.code === 'EACCES' ? `Is it executable? chmod +x ${executable}` : undefined,
    })
  const how = end.signal ? `was ended by ${end.signal}` : `exited with code ${end.code}`
  return new UserError(
    `${subject} ${how} before it answered on port ${port}; expected a program that keeps running and serves HTTP.`,
    { location, hint: listenHint },
  )
}
