/** Messages of a queue. Every verb is one transaction, and what it answers is durable. */
import {
  type ClaimedMessage,
  type Engine,
  freshReceipt,
  type QueueMessage,
  type Transaction,
} from '@aloft/engine'
import type { Clock } from '@aloft/kernel'
import { queueErrors } from './errors.ts'
import { formatMessageId, formatPopReceipt, type PopReceipt, parseMessageId } from './message-id.ts'
import {
  engineQueue,
  ensureGeneration,
  findGeneration,
  type QueueAddress,
  requireGeneration,
  storageQueueTopic,
} from './queue-row.ts'
import { type Taker, Takers } from './takers.ts'

/** A message to be sent. Durations in milliseconds. */
export interface NewMessage {
  readonly text: string
  /** Until it can be received. @default 0 */
  readonly delayMs?: number | undefined
  /** Undefined = it never expires. */
  readonly ttlMs: number | undefined
  /** W3C `traceparent` of whoever sent it. */
  readonly traceParent?: string | undefined
}

/** A message that was sent. Times are milliseconds since 1970. */
export interface SentMessage {
  /** A GUID. */
  readonly id: string
  readonly popReceipt: string
  readonly insertedAt: number
  /** Undefined = never. */
  readonly expiresAt: number | undefined
  readonly visibleAt: number
}

export interface PeekedMessage {
  readonly id: string
  readonly text: string
  readonly insertedAt: number
  readonly expiresAt: number | undefined
  /** How often it was received, this time included. */
  readonly dequeueCount: number
  /** '' when its sender named none. */
  readonly traceParent: string
}

export interface ReceivedMessage extends PeekedMessage, SentMessage {}

/** A message in the hands of somebody who has its receipt. */
export interface HeldMessage {
  readonly id: string
  readonly receipt: PopReceipt
}

export class QueueMessages {
  readonly #engine: Engine
  readonly #clock: Clock
  readonly #takers = new Takers()

  constructor(engine: Engine, clock: Clock) {
    this.#engine = engine
    this.#clock = clock
  }

  /** @throws StorageError QueueNotFound */
  send(address: QueueAddress, messages: readonly NewMessage[]): Promise<SentMessage[]> {
    return this.#put(async (transaction, engaged) =>
      this.#enqueue(transaction, address, await requireGeneration(transaction, address), messages, engaged),
    )
  }

  /** As `send`; makes the queue if need be, in the same transaction. */
  sendOrCreate(address: QueueAddress, messages: readonly NewMessage[]): Promise<SentMessage[]> {
    return this.#put(async (transaction, engaged) =>
      this.#enqueue(transaction, address, await ensureGeneration(transaction, address), messages, engaged),
    )
  }

  /** Up to `count` messages, hidden from others for `visibilityMs`. @throws StorageError QueueNotFound */
  receive(address: QueueAddress, count: number, visibilityMs: number): Promise<ReceivedMessage[]> {
    const { database, queues } = this.#engine
    return database.write(async (transaction) => {
      const generation = await requireGeneration(transaction, address)
      const claims = await queues.claim(transaction, engineQueue(address, generation), count, visibilityMs)
      return claims.map((claim) => toReceived(generation, claim))
    })
  }

  /** @throws StorageError QueueNotFound */
  peek(address: QueueAddress, count: number): Promise<PeekedMessage[]> {
    const { database, queues } = this.#engine
    return database.read(async (snapshot) => {
      const generation = await requireGeneration(snapshot, address)
      const messages = await queues.peek(snapshot, engineQueue(address, generation), count)
      return messages.map((message) => toPeeked(generation, message))
    })
  }

  /** @throws StorageError QueueNotFound, MessageNotFound, PopReceiptMismatch */
  delete(address: QueueAddress, held: HeldMessage): Promise<void> {
    return this.#engine.database.write((transaction) => this.#complete(transaction, address, held))
  }

  /**
   * Makes the message visible `visibilityMs` from now, with another text if there is one.
   * @throws StorageError QueueNotFound, MessageNotFound, PopReceiptMismatch
   */
  update(
    address: QueueAddress,
    held: HeldMessage,
    visibilityMs: number,
    text: string | undefined,
  ): Promise<Pick<SentMessage, 'popReceipt' | 'visibleAt'>> {
    const { database, queues } = this.#engine
    return database.write(async (transaction) => {
      const name = engineQueue(address, await this.#check(transaction, address, held))
      const { number: id, receipt, expiresAt } = held.receipt
      const body = text === undefined ? undefined : Buffer.from(text)
      const visibleAt = this.#clock.now() + visibilityMs
      const renewed = await queues.renew(transaction, name, { id, receipt }, visibilityMs, body)
      if (renewed === undefined) throw await this.#whyLost(transaction, name, id)
      transaction.wake(storageQueueTopic(address))
      return { popReceipt: formatPopReceipt({ number: id, receipt: renewed, expiresAt }), visibleAt }
    })
  }

  /**
   * Moves a message to another queue, which is made if need be; it does not expire there before `ttlMs`.
   * @throws StorageError QueueNotFound, MessageNotFound, PopReceiptMismatch
   */
  move(address: QueueAddress, held: HeldMessage, target: QueueAddress, copy: NewMessage): Promise<void> {
    return this.#put(async (transaction, engaged) => {
      await this.#complete(transaction, address, held)
      const generation = await ensureGeneration(transaction, target)
      await this.#enqueue(transaction, target, generation, [copy], engaged)
    })
  }

  /** @throws StorageError QueueNotFound */
  clear(address: QueueAddress): Promise<void> {
    const { database, queues } = this.#engine
    return database.write(async (transaction) => {
      const generation = await requireGeneration(transaction, address)
      await queues.purge(transaction, engineQueue(address, generation))
    })
  }

  /** When the next message can be received (now or past: at once); undefined when there is none. */
  nextVisibleAt(address: QueueAddress): Promise<number | undefined> {
    const { database, queues } = this.#engine
    return database.read(async (snapshot) => {
      const generation = await findGeneration(snapshot, address)
      return generation === undefined
        ? undefined
        : queues.nextVisibleAt(snapshot, engineQueue(address, generation))
    })
  }

  /** Calls `listener` when messages may have become receivable earlier than `nextVisibleAt` said. Returns the way out. */
  listen(address: QueueAddress, listener: () => void): () => void {
    return this.#engine.database.listen(storageQueueTopic(address), listener)
  }

  /**
   * Waits for messages, which come in the transaction that puts them. It is for who has just found none and listens:
   * messages may also become receivable otherwise.
   */
  take(address: QueueAddress, count: number, visibilityMs: number): Taker {
    return this.#takers.wait(address, count, visibilityMs)
  }

  /** A transaction that puts messages. @param work tells which takers it has engaged */
  async #put<T>(work: (transaction: Transaction, engaged: Taker[]) => Promise<T>): Promise<T> {
    const engaged: Taker[] = []
    try {
      return await this.#engine.database.write((transaction) => work(transaction, engaged))
    } catch (error) {
      for (const taker of engaged) taker.disengage()
      throw error
    }
  }

  async #enqueue(
    transaction: Transaction,
    address: QueueAddress,
    generation: string,
    messages: readonly NewMessage[],
    engaged: Taker[],
  ): Promise<SentMessage[]> {
    const now = this.#clock.now()
    const name = engineQueue(address, generation)
    const numbers = await this.#engine.queues.enqueue(
      transaction,
      name,
      messages.map(({ text, delayMs, ttlMs, traceParent }) => ({
        body: Buffer.from(text),
        ...(delayMs && { delayMs }),
        ...(ttlMs !== undefined && { ttlMs }),
        ...(traceParent && { headers: traceParent }),
      })),
    )
    transaction.wake(storageQueueTopic(address))
    const taker = this.#takers.free(address)
    if (taker && (await this.#claimFor(transaction, name, generation, taker))) engaged.push(taker)
    return messages.map(({ delayMs = 0, ttlMs }, index) => {
      const number = numbers[index]!
      const expiresAt = ttlMs === undefined ? undefined : now + ttlMs
      return {
        id: formatMessageId(generation, number),
        popReceipt: formatPopReceipt({ number, receipt: freshReceipt, expiresAt }),
        insertedAt: now,
        expiresAt,
        visibleAt: now + delayMs,
      }
    })
  }

  /** Whether there was anything to claim. */
  async #claimFor(
    transaction: Transaction,
    name: string,
    generation: string,
    taker: Taker,
  ): Promise<boolean> {
    const claims = await this.#engine.queues.claim(transaction, name, taker.count, taker.visibilityMs)
    if (claims.length === 0) return false
    taker.engage()
    const received = claims.map((claim) => toReceived(generation, claim))
    transaction.afterCommit(() => taker.give(received))
    return true
  }

  async #complete(transaction: Transaction, address: QueueAddress, held: HeldMessage): Promise<void> {
    const name = engineQueue(address, await this.#check(transaction, address, held))
    const { number: id, receipt } = held.receipt
    const [isDone] = await this.#engine.queues.complete(transaction, name, [{ id, receipt }])
    if (!isDone) throw await this.#whyLost(transaction, name, id)
  }

  /** The queue's generation, if the message can still be there and the receipt is one of it. */
  async #check(
    transaction: Transaction,
    address: QueueAddress,
    { id, receipt }: HeldMessage,
  ): Promise<string> {
    const generation = await requireGeneration(transaction, address)
    const number = parseMessageId(generation, id)
    const { expiresAt } = receipt
    if (number === undefined || (expiresAt !== undefined && expiresAt <= this.#clock.now()))
      throw queueErrors.MessageNotFound()
    if (number !== receipt.number) throw queueErrors.PopReceiptMismatch()
    return generation
  }

  async #whyLost(transaction: Transaction, engineName: string, number: number): Promise<Error> {
    const message = await this.#engine.queues.get(transaction, engineName, number)
    return message ? queueErrors.PopReceiptMismatch() : queueErrors.MessageNotFound()
  }
}

function toPeeked(generation: string, message: QueueMessage): PeekedMessage {
  return {
    id: formatMessageId(generation, message.id),
    text: textOf(message.body),
    insertedAt: message.enqueuedAt,
    expiresAt: message.expiresAt,
    dequeueCount: message.dequeueCount,
    traceParent: message.headers,
  }
}

function toReceived(generation: string, message: ClaimedMessage): ReceivedMessage {
  const { id: number, receipt, expiresAt } = message
  return {
    id: formatMessageId(generation, number),
    text: textOf(message.body),
    popReceipt: formatPopReceipt({ number, receipt, expiresAt }),
    insertedAt: message.enqueuedAt,
    expiresAt,
    visibleAt: message.visibleAt,
    dequeueCount: message.dequeueCount,
    traceParent: message.headers,
  }
}

function textOf({ buffer, byteOffset, length }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, length).toString()
}
