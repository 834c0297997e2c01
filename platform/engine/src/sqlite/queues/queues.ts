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
    const connection = connectionOf(transaction)
    const queueId = this.#names.ensure(transaction, queue)
    const firstId = this.#ids.take(transaction, messages.length)
    const now = this.#clock.now()
    transaction.wake(queueTopic(queue))
    return messages.map((message, index) => {
      enqueue(connection, queueId, firstId + index, message, now)
      return firstId + index
    })
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
    const messages = claims.claim(connectionOf(transaction), id, count, visibilityMs, now)
    if (!messages) transaction.wake(queueTopic(queue))
    return messages ?? []
  }

  async complete(transaction: Transaction, queue: string, list: readonly Claim[]): Promise<boolean[]> {
    return this.#settle(transaction, queue, list, (id, claim) =>
      claims.complete(connectionOf(transaction), id, claim),
    )
  }

  async deadLetter(
    transaction: Transaction,
    queue: string,
    list: readonly Claim[],
    reason: string,
  ): Promise<boolean[]> {
    return this.#settle(transaction, queue, list, (id, claim) =>
      claims.deadLetter(connectionOf(transaction), id, claim, reason),
    )
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
    return list.map((claim) => claims.abandon(connectionOf(transaction), id, claim, visibleAt))
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
    return claims.renew(connectionOf(transaction), id, claim, visibleAt, body)
  }

  async peek(snapshot: ReadTransaction, queue: string, count: number): Promise<QueueMessage[]> {
    const id = this.#names.find(snapshot, queue)
    return id === undefined ? [] : census.peek(connectionOf(snapshot), id, count, this.#clock.now())
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
    return dead.resubmitDead(connectionOf(transaction), id, ids, this.#clock.now())
  }

  async removeDead(transaction: Transaction, queue: string, ids: readonly number[]): Promise<number> {
    const id = this.#names.find(transaction, queue)
    return id === undefined ? 0 : dead.removeDead(connectionOf(transaction), id, ids)
  }

  async counts(snapshot: ReadTransaction, queue: string): Promise<QueueCounts> {
    const id = this.#names.find(snapshot, queue)
    return id === undefined ? noCounts : census.counts(connectionOf(snapshot), id, this.#clock.now())
  }

  async nextVisibleAt(snapshot: ReadTransaction, queue: string): Promise<number | undefined> {
    const id = this.#names.find(snapshot, queue)
    return id === undefined ? undefined : census.nextVisibleAt(connectionOf(snapshot), id)
  }

  async purge(transaction: Transaction, queue: string): Promise<number> {
    const id = this.#names.find(transaction, queue)
    return id === undefined ? 0 : census.purge(connectionOf(transaction), id)
  }

  async sweep(transaction: Transaction, limit: number): Promise<number> {
    const { count, queues } = sweep(connectionOf(transaction), limit, this.#clock.now())
    for (const id of queues) transaction.wake(queueTopic(this.#names.nameOf(transaction, id)))
    return count
  }

  #settle(
    transaction: Transaction,
    queue: string,
    list: readonly Claim[],
    settleOne: (id: number, claim: Claim) => claims.Settled,
  ): boolean[] {
    const id = this.#names.find(transaction, queue)
    if (id === undefined) return list.map(() => false)
    return list.map((claim) => {
      const { isValid, hasLetIn } = settleOne(id, claim)
      if (hasLetIn) transaction.wake(queueTopic(queue))
      return isValid
    })
  }
}
