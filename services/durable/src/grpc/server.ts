/**
 * The gRPC server of the Durable Task protocol (`TaskHubSidecarService`): portable Durable Task SDKs use it as they
 * use the Durable Task Scheduler or its emulator. Without TLS and without keys, hence for this machine only.
 */
import { type Clock, ensureError, type Logger, UserError } from '@aloft/kernel'
import type {
  handleServerStreamingCall,
  handleUnaryCall,
  Metadata,
  Server,
  ServerUnaryCall,
  ServerWritableStream,
} from '@grpc/grpc-js'
import type { Call, StreamMethod, UnaryMethod } from './call.ts'
import { type CallFailure, failureOfCall, statusCodes } from './call-errors.ts'
import { loadDefinition } from './definition.ts'
import { entityCalls } from './entity-calls.ts'
import { hubCalls, hubStreams } from './hub-calls.ts'
import { instanceCalls } from './instance-calls.ts'
import { ServedHubs, type ServedHubsOptions } from './served-hubs.ts'
import { workerCalls, workItems } from './worker-calls.ts'

export interface GrpcServerOptions extends ServedHubsOptions {
  readonly log: Logger
  /** @default '127.0.0.1' */
  readonly host?: string | undefined
  /** 0 = any free one. */
  readonly port: number
}

/** Calls that go on for longer after the hubs have been closed are cut off. */
const graceMs = 1000

export class GrpcServer {
  readonly port: number
  readonly #server: Server
  readonly #hubs: ServedHubs
  readonly #calls: Calls
  readonly #clock: Clock

  private constructor(server: Server, port: number, hubs: ServedHubs, calls: Calls, clock: Clock) {
    this.#server = server
    this.port = port
    this.#hubs = hubs
    this.#calls = calls
    this.#clock = clock
  }

  /** @throws UserError when the port is in use */
  static async open(options: GrpcServerOptions): Promise<GrpcServer> {
    const { clock, log, host = '127.0.0.1', port } = options
    const [{ Server, ServerCredentials, logVerbosity, setLogVerbosity }, definition] = await Promise.all([
      import('@grpc/grpc-js'),
      loadDefinition(),
    ])
    // What goes wrong is told by errors; the library would write it to the console as well.
    setLogVerbosity(logVerbosity.NONE)
    const hubs = new ServedHubs(options)
    const server = new Server({
      'grpc.max_receive_message_length': -1,
      'grpc.max_send_message_length': -1,
    })
    const calls = new Calls(hubs, log)
    const unary = { ...instanceCalls, ...hubCalls, ...entityCalls, ...workerCalls }
    server.addService(definition, {
      Hello: calls.unary('Hello', async () => ({})),
      ...mapMethods(unary, (name, method) => calls.unary(name, method)),
      ...mapMethods({ ...hubStreams, ...workItems(clock) }, (name, method) => calls.stream(name, method)),
    })
    const bound = await new Promise<number>((resolve, reject) => {
      server.bindAsync(`${host}:${port}`, ServerCredentials.createInsecure(), (error, actual) => {
        if (!error) return resolve(actual)
        const hint = 'End what listens there, or choose another port.'
        reject(new UserError(`Port ${port} cannot be used for gRPC`, { cause: error, hint }))
      })
    })
    return new GrpcServer(server, bound, hubs, calls, clock)
  }

  /** Ends calls and closes the hubs that were opened for them; what runs is done again later. */
  async close(): Promise<void> {
    this.#calls.close()
    await this.#hubs.close()
    const ended = new Promise<void>((resolve) => this.#server.tryShutdown(() => resolve()))
    const cut = this.#clock.after(graceMs, () => this.#server.forceShutdown())
    await ended
    cut.cancel()
  }
}

function mapMethods<Method, Handler>(
  methods: Readonly<Record<string, Method>>,
  change: (name: string, method: Method) => Handler,
): Record<string, Handler> {
  return Object.fromEntries(Object.entries(methods).map(([name, method]) => [name, change(name, method)]))
}

/** Turns methods into handlers of @grpc/grpc-js. */
class Calls {
  readonly #hubs: ServedHubs
  readonly #log: Logger
  readonly #open = new Set<AbortController>()
  #isClosed = false

  constructor(hubs: ServedHubs, log: Logger) {
    this.#hubs = hubs
    this.#log = log
  }

  close(): void {
    this.#isClosed = true
    for (const call of this.#open) call.abort(new Error('The server is stopping.'))
  }

  unary(name: string, method: UnaryMethod): handleUnaryCall<object, object> {
    return (grpcCall, callback) => {
      this.#run(grpcCall, (call) => method(grpcCall.request as never, call)).then(
        (answer) => callback(null, answer),
        (error: unknown) => callback(this.#failure(name, ensureError(error), grpcCall.cancelled)),
      )
    }
  }

  stream(name: string, method: StreamMethod): handleServerStreamingCall<object, object> {
    return (grpcCall) => {
      const send = (message: object) => void grpcCall.write(message)
      this.#run(grpcCall, (call) => method(grpcCall.request as never, call, send)).then(
        () => grpcCall.end(),
        (error: unknown) =>
          grpcCall.emit('error', this.#failure(name, ensureError(error), grpcCall.cancelled)),
      )
    }
  }

  async #run<Answer>(
    grpcCall: ServerUnaryCall<object, object> | ServerWritableStream<object, object>,
    method: (call: Call) => Promise<Answer>,
  ): Promise<Answer> {
    const controller = new AbortController()
    const name = hubNameIn(grpcCall.metadata)
    grpcCall.on('cancelled', () => controller.abort(new Error('The caller has gone away.')))
    this.#open.add(controller)
    try {
      return await method({
        signal: controller.signal,
        hub: () => this.#hubs.of(name),
        removeHub: () => this.#hubs.remove(name),
      })
    } finally {
      this.#open.delete(controller)
    }
  }

  #failure(name: string, error: Error, isCancelled: boolean): CallFailure {
    if (this.#isClosed) return { code: statusCodes.unavailable, details: 'The server is stopping.' }
    if (isCancelled) return { code: statusCodes.cancelled, details: error.message }
    const failure = failureOfCall(error)
    if (failure.code === statusCodes.internal) this.#log.write('error', `${name} failed`, { error })
    return failure
  }
}

/** Older clients of Functions apps have another name for it. */
function hubNameIn(metadata: Metadata): string {
  const [value] = [...metadata.get('taskhub'), ...metadata.get('durable-taskhub')]
  return value === undefined ? '' : String(value)
}
