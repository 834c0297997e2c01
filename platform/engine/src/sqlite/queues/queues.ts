import type { Clock } from '@aloft/kernel'
import {
  type Claim,
  type ClaimedMessage,
  type QueueCounts,
  type QueueMessage,
  type Queues,
  queueTopic,
  type ReadTransaction,
  type Transaction,
} from '../../contracts.ts'
import { connectionOf } from '../transaction.ts'
import * as census from './census.ts'
import * as claims from './claims.ts'
import * as dead from './dead.ts'
import { enqueue, type NewMessage } from './enqueue.ts'
import { sweep } from './expiry.ts'
import { MessageIds } from './message-ids.ts'
import { QueueNames } from './names.ts'
import { type OpenQueue, withQueue } from './open-queue.ts'

const noCounts: QueueCounts = { ready: 0, claimed: 0, scheduled: 0, blocked: 0, dead: 0 }

/** Queues in SQLite: names, time and wake-ups here, the verbs' SQL in the files beside. */
export class SqliteQueues implements Queues {
  readonly #clock: Clock
  readonly #names = new QueueNames()
  readonly #ids = new MessageIds()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  async enqueue(transaction: Transaction, queue: string, messages: readonly NewMessage[]): Promise<number[]> {
    if (messages.length === 0) return []
    const queueId = this.#names.ensure(transaction, queue)
    const firstId = this.#ids.take(transaction, messages.length)
    const now = this.#clock.now()
    transaction.wake(queueTopic(queue))
    return withQueue(transaction, queueId, (open) =>
      messages.map((message, index) => {
        enqueue(open, firstId + index, message, now)
        return firstId + index
      }),
    )
  }

  async claim(
    transaction: Transaction,
    queue: string,
    count: number,
    visibilityMs: number,
  ): Promise<ClaimedMessage[]> {
    const id = this.#names.find(transaction, queue)
    if (id === undefined || count < 1) return []
    const now = this.#clock.now()
    const messages = withQueue(transaction, id, (open) => claims.claim(open, count, visibilityMs, now))
    if (!messages) transaction.wake(queueTopic(queue))
    return messages ?? []
  }

  async complete(transaction: Transaction, queue: string, list: readonly Claim[]): Promise<boolean[]> {
    return this.#settle(transaction, queue, list, claims.complete)
  }

  async deadLetter(
    transaction: Transaction,
    queue: string,
    list: readonly Claim[],
    reason: string,
  ): Promise<boolean[]> {
    return this.#settle(transaction, queue, list, (open, claim) => claims.deadLetter(open, claim, reason))
  }

  async abandon(
    transaction: Transaction,
    queue: string,
    list: readonly Claim[],
    delayMs = 0,
  ): Promise<boolean[]> {
    const id = this.#names.find(transaction, queue)
    if (id === undefined) return list.map(() => false)
    const visibleAt = Math.ceil(this.#clock.now() + delayMs)
    transaction.wake(queueTopic(queue))
    return withQueue(transaction, id, (open) => list.map((claim) => claims.abandon(open, claim, visibleAt)))
  }

  async renew(
    transaction: Transaction,
    queue: string,
    claim: Claim,
    visibilityMs: number,
    body?: Uint8Array,
  ): Promise<string | undefined> {
    const id = this.#names.find(transaction, queue)
    if (id === undefined) return undefined
    // It may become visible earlier than consumers expect.
    transaction.wake(queueTopic(queue))
    const visibleAt = Math.ceil(this.#clock.now() + visibilityMs)
    return withQueue(transaction, id, (open) => claims.renew(open, claim, visibleAt, body))
  }

  async peek(snapshot: ReadTransaction, queue: string, count: number): Promise<QueueMessage[]> {
    const id = this.#names.find(snapshot, queue)
    return id === undefined ? [] : census.peek(connectionOf(snapshot), id, count, this.#clock.now())
  }

  async get(snapshot: ReadTransaction, queue: string, id: number): Promise<QueueMessage | undefined> {
    const queueId = this.#names.find(snapshot, queue)
    return queueId === undefined
      ? undefined
      : census.get(connectionOf(snapshot), queueId, id, this.#clock.now())
  }

  async peekDead(
    snapshot: ReadTransaction,
    queue: string,
    count: number,
    afterId = 0,
  ): Promise<(QueueMessage & { reason: string })[]> {
    const id = this.#names.find(snapshot, queue)
    return id === undefined ? [] : dead.peekDead(connectionOf(snapshot), id, count, afterId)
  }

  async resubmitDead(transaction: Transaction, queue: string, ids: readonly number[]): Promise<number> {
    const id = this.#names.find(transaction, queue)
    if (id === undefined) return 0
    transaction.wake(queueTopic(queue))
    return withQueue(transaction, id, (open) => dead.resubmitDead(open, ids, this.#clock.now()))
  }

  async removeDead(transaction: Transaction, queue: string, ids: readonly number[]): Promise<number> {
    const id = this.#names.find(transaction, queue)
    return id === undefined ? 0 : withQueue(transaction, id, (open) => dead.removeDead(open, ids))
  }

  async counts(snapshot: ReadTransaction, queue: string): Promise<QueueCounts> {
    const id = this.#names.find(snapshot, queue)
    return id === undefined ? noCounts : census.counts(snapshot, id, this.#clock.now())
  }

  async nextVisibleAt(snapshot: ReadTransaction, queue: string): Promise<number | undefined> {
    const id = this.#names.find(snapshot, queue)
    return id === undefined ? undefined : census.nextVisibleAt(connectionOf(snapshot), id)
  }

  async purge(transaction: Transaction, queue: string): Promise<number> {
    const id = this.#names.find(transaction, queue)
    return id === undefined ? 0 : withQueue(transaction, id, census.purge)
  }

  async sweep(transaction: Transaction, limit: number): Promise<number> {
    const { count, queues } = sweep(transaction, limit, this.#clock.now())
    for (const id of queues) transaction.wake(queueTopic(this.#names.nameOf(transaction, id)))
    return count
  }

  #settle(
    transaction: Transaction,
    queue: string,
    list: readonly Claim[],
    settleOne: (open: OpenQueue, claim: Claim) => claims.Settled,
  ): boolean[] {
    const id = this.#names.find(transaction, queue)
    if (id === undefined) return list.map(() => false)
    return withQueue(transaction, id, (open) =>
      list.map((claim) => {
        const { isValid, hasLetIn } = settleOne(open, claim)
        if (hasLetIn) transaction.wake(queueTopic(queue))
        return isValid
      }),
    )
  }
}
