/** The client connections that are lent to one worker: who has what in hand, and what becomes of it when it dies. */
import type { ChildProcess } from 'node:child_process'
import type { DirectExchange } from '@aloft/kernel'
import type {
  LentBegin,
  LentClosedMessage,
  LentEnd,
  LentMessage,
  LentReturnedMessage,
  LentServedMessage,
  LentTable,
} from '@aloft/wire'
import { emptyReply, type Loan, sendableHandle } from '@aloft/wire/http'
import { invocationIdOf, spanIdOf, traceIdOf } from '@aloft/wire/trace'
import type { LentRun, LentRunStart, WorkerChannelListener } from '../contracts.ts'
import type { WorkerLost } from './worker-lost.ts'

interface Lent {
  readonly loan: Loan
  /** What its requests are for. */
  readonly host: string
  /** What is in hand. */
  run: LentRun | undefined
  /** The client has gone, but what it asked for still runs. */
  isClosed: boolean
}

export class ConnectionLender {
  readonly #child: ChildProcess
  readonly #listener: () => Pick<WorkerChannelListener, 'lentRun' | 'lentRan'>
  readonly #lent = new Map<number, Lent>()
  #table: LentTable | undefined
  #lastId = 0
  #isOver = false

  /** @param listener the one of that moment */
  constructor(child: ChildProcess, listener: () => Pick<WorkerChannelListener, 'lentRun' | 'lentRan'>) {
    this.#child = child
    this.#listener = listener
  }

  /** Connections that the worker has. */
  get size(): number {
    return this.#lent.size
  }

  /** Invocations that were begun and have not ended. */
  get outstanding(): number {
    let count = 0
    for (const { run } of this.#lent.values()) if (run) count++
    return count
  }

  /** Lends the connection of an exchange that has been answered, if that is possible now. */
  lend(exchange: DirectExchange, table: LentTable): void {
    if (this.#isOver || !this.#child.connected) return
    const loan = exchange.lend({ recall: () => this.recall() })
    if (!loan) return
    if (this.#table !== table) {
      this.#table = table
      this.#send({ type: 'table', table })
    }
    const id = ++this.#lastId
    const { host = '' } = exchange.headers
    const message: LentMessage = { type: 'lend', connection: id, host }
    this.#lent.set(id, { loan, host, run: undefined, isClosed: false })
    this.#child.send(message, sendableHandle(loan.socket), {}, ignore)
  }

  /** Asks for all connections back; each comes as soon as nothing is in hand on it. */
  recall(): void {
    if (this.#lent.size > 0 && this.#child.connected) this.#send({ type: 'recall' })
  }

  onServed({ begun, ended }: LentServedMessage): void {
    // What has begun on a connection came behind what has ended on it.
    for (const end of ended) this.#onEnded(end)
    for (const begin of begun) {
      const lent = this.#lent.get(begin[0])
      if (lent) lent.run = this.#listener().lentRun(this.#startOf(lent, begin))
    }
  }

  onReturned({ connection, unread }: LentReturnedMessage): void {
    const lent = this.#take(connection)
    lent?.loan.giveBack(unread === undefined ? undefined : Buffer.from(unread, 'base64'))
  }

  onClosed({ connection }: LentClosedMessage): void {
    const lent = this.#lent.get(connection)
    if (!lent) return
    lent.loan.end()
    if (lent.run) lent.isClosed = true
    else this.#lent.delete(connection)
  }

  /** The worker is no more: what it had in hand fails, and whose answer nobody knows of cannot go on. */
  lost(error: WorkerLost): void {
    this.#isOver = true
    for (const { loan, run, isClosed } of this.#lent.values()) {
      run?.end({ error })
      if (isClosed) continue
      if (run) loan.answer(emptyReply(500))
      else loan.end()
    }
    this.#lent.clear()
  }

  #onEnded(end: LentEnd): void {
    const [connection, , , , , , duration, resultCode, exception] = end
    const lent = this.#lent.get(connection)
    if (!lent) return
    const { run } = lent
    const outcome = { durationMs: duration / 1000, resultCode, exception }
    lent.run = undefined
    if (run) run.end(outcome)
    else this.#listener().lentRan(this.#startOf(lent, end), outcome)
    if (lent.isClosed) this.#lent.delete(connection)
  }

  #startOf({ host }: Lent, begin: LentBegin | LentEnd): LentRunStart {
    const [, route, ids, parentSpanId, startTime, url] = begin
    const functionId = this.#table?.routes[route]?.functionId ?? ''
    return {
      functionId,
      invocationId: invocationIdOf(ids),
      traceId: traceIdOf(ids),
      spanId: spanIdOf(ids),
      parentSpanId,
      startTime,
      url: `http://${host}${url}`,
    }
  }

  #take(connection: number): Lent | undefined {
    const lent = this.#lent.get(connection)
    this.#lent.delete(connection)
    return lent
  }

  #send(message: LentMessage): void {
    this.#child.send(message, ignore)
  }
}

/** A worker that cannot be reached is about to be lost, and what becomes of its connections is settled then. */
function ignore(): void {}
