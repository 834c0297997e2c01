/**
 * The client connections that the host has lent to this worker: requests are read, run and answered here, and the
 * host is told. What the worker cannot answer by itself goes back to the host with its connection, and so does a
 * connection on which nothing happens. The protocol is that of `@aloft/wire`'s lent-protocol.ts.
 */
import type { Socket } from 'node:net'
import { type LentMessage, lentBeginJson, lentServedJson } from '@aloft/wire'
import {
  addHeaders,
  DirectConnection,
  type DirectExchange,
  emptyReply,
  type Reply,
  replyOf,
} from '@aloft/wire/http'
import { ensureError } from '../errors.ts'
import { runFunction } from '../invocation.ts'
import { systemLog } from '../log.ts'
import type { HostPipe } from '../pipe.ts'
import type { WorkerState } from '../worker-state.ts'
import { LentInvocation } from './lent-invocation.ts'
import { type LentMatch, LentRoutes } from './lent-routes.ts'
import { lentSocket } from './lent-socket.ts'

interface Lent {
  readonly connection: DirectConnection
  /** Its requests when it was last looked at. */
  seenRequests: number
}

/** How often connections are looked at; one without a request since the last time goes back. */
const idleCheckMs = 10_000

/** The host hears of what is over so much later: it would be woken for every request otherwise. */
const tellDelayMs = 5

/** So many are written without waiting for the end of the turn: their clients can go on while the rest runs. */
const maxHeldAnswers = 32

export class LentConnections {
  readonly #worker: WorkerState
  readonly #pipe: HostPipe
  readonly #lent = new Map<number, Lent>()
  #routes: LentRoutes | undefined
  /** Those of which the host has not heard. */
  #begun: LentInvocation[] = []
  /** JSON (lent-records.ts). */
  #ended = ''
  #isTelling = false
  /** Among what has ended is something that the host knows to be in hand. */
  #mustTell = false
  /** Written at the end of this turn of the event loop, or when they are many. */
  #answers: { readonly exchange: DirectExchange; readonly reply: Reply }[] = []

  constructor(worker: WorkerState, pipe: HostPipe) {
    this.#worker = worker
    this.#pipe = pipe
    worker.beforeLog = () => this.#tellBegun()
    setInterval(() => this.#returnIdle(), idleCheckMs).unref()
  }

  /** @param handle of the socket that comes with the message */
  receive(message: LentMessage, handle: object | undefined): void {
    if (message.type === 'table') this.#routes = new LentRoutes(message.table)
    else if (message.type === 'recall')
      for (const { connection } of this.#lent.values()) connection.leaveWhenIdle()
    else if (handle) this.#accept(message.connection, handle, message.host)
    // This process has too many open files.
    else this.#worker.writer.send('lentReturned', { connection: message.connection })
  }

  /** Tells what the host has not heard, and gives back what is quiet. For the end of the process. */
  finish(): void {
    this.#answer()
    this.#tell()
    for (const { connection } of this.#lent.values()) if (!connection.isBusy) connection.leaveWhenIdle()
  }

  #accept(id: number, handle: object, host: string): void {
    const socket = lentSocket(handle, (chunk) => connection.receiveOnce(chunk))
    const connection: DirectConnection = new DirectConnection(socket, {
      isClosing: false,
      now: () => Date.now(),
      direct: (exchange) => exchange.headers.host === host && this.#serve(id, exchange),
      handOver: (_, unread) => this.#giveBack(id, socket, unread?.toString('base64')),
      forget() {},
      failed: ({ method, url }, error) =>
        systemLog(this.#worker, 'error', `${method} ${url} failed: ${ensureError(error).stack}`),
    })
    this.#lent.set(id, { connection, seenRequests: 0 })
    // Also while it goes back.
    socket.on('error', () => {})
    socket.on('close', () => {
      if (!this.#lent.delete(id)) return
      this.#tell()
      this.#worker.writer.send('lentClosed', { connection: id })
    })
  }

  /** @param unread in base64 */
  #giveBack(connection: number, socket: Socket, unread: string | undefined): void {
    this.#lent.delete(connection)
    this.#tell()
    const leave = () => {
      this.#worker.writer.send('lentReturned', { connection, unread })
      // Closes this process's handle only: nothing is said to the client.
      socket.destroy()
    }
    if (socket.writableLength === 0) leave()
    else socket.write('', leave)
  }

  #returnIdle(): void {
    for (const lent of this.#lent.values()) {
      const { connection, seenRequests } = lent
      lent.seenRequests = connection.requestCount
      if (connection.requestCount === seenRequests && !connection.isBusy) connection.leaveWhenIdle()
    }
  }

  #serve(connection: number, exchange: DirectExchange): boolean {
    const match = this.#routes?.find(exchange)
    if (!match) return false
    const invocation = new LentInvocation(connection, exchange, match)
    this.#begun.push(invocation)
    this.#tellSoon()
    void this.#run(exchange, match, invocation)
    return true
  }

  async #run(exchange: DirectExchange, { functionId }: LentMatch, invocation: LentInvocation): Promise<void> {
    try {
      const { returnValue } = await runFunction(this.#worker, invocation.message)
      const reply = replyOf(returnValue ?? undefined, exchange.headers.accept)
      this.#end(exchange, reply, invocation, invocation.end(returnValue?.http?.statusCode ?? '0', undefined))
    } catch (thrown) {
      const error = ensureError(thrown)
      if (error.isAzureFunctionsSystemError)
        systemLog(this.#worker, 'error', `${functionId}: ${error.message}`)
      this.#end(exchange, emptyReply(500), invocation, invocation.end('500', error))
    }
  }

  /** Of what the host knows to be in hand it hears the end before the client does. */
  #end(exchange: DirectExchange, reply: Reply, { isTold }: LentInvocation, end: string): void {
    this.#ended += end
    if (isTold) this.#mustTell = true
    if (this.#answers.length === 0) setImmediate(this.#answer)
    this.#answers.push({ exchange, reply })
    if (this.#answers.length >= maxHeldAnswers) this.#answer()
  }

  /** One after the other, so that a client with many connections need not be woken for each. */
  readonly #answer = (): void => {
    const answers = this.#answers
    this.#answers = []
    const respond = () => {
      for (const { exchange, reply } of answers) this.#respond(exchange, reply)
    }
    if (!this.#mustTell) {
      respond()
      return
    }
    this.#mustTell = false
    this.#tell()
    this.#worker.writer.flush()
    this.#pipe.whenWritten(respond)
  }

  #tellSoon(): void {
    if (this.#isTelling) return
    this.#isTelling = true
    setTimeout(() => {
      this.#isTelling = false
      this.#tell()
    }, tellDelayMs)
  }

  readonly #tell = (): void => {
    const begun = this.#takeBegun()
    const ended = this.#ended
    if (begun === '' && ended === '') return
    this.#ended = ''
    this.#worker.writer.sendJson('lentServed', lentServedJson(begun, ended))
  }

  /** What has ended before on the same connection must be told before, too. */
  #tellBegun(): void {
    if (this.#begun.some(({ hasEnded }) => !hasEnded)) this.#tell()
  }

  /** JSON (lent-records.ts). */
  #takeBegun(): string {
    let begun = ''
    for (const invocation of this.#begun) {
      if (invocation.hasEnded) continue
      invocation.isTold = true
      begun += lentBeginJson(invocation.begin)
    }
    this.#begun = []
    return begun
  }

  /** One that HTTP does not allow becomes a logged 500. */
  #respond(exchange: DirectExchange, reply: Reply): void {
    try {
      addHeaders(reply.headers, this.#routes?.headers ?? [])
      exchange.answer(reply)
    } catch (error) {
      const place = `${exchange.method} ${exchange.url.split('?', 1)[0]}`
      const { message } = ensureError(error)
      systemLog(this.#worker, 'error', `The response to ${place} cannot be sent: ${message}`)
      exchange.answer(emptyReply(500))
    }
  }
}
