import type { ClaimedMessage, EnqueueOptions, QueueCounts, QueueMessage } from '../contracts.ts'
import { type Bench, bytesOf, textOf } from './backend.ts'

/** One queue as a test uses it: a transaction a call, text for bodies. */
export interface QueueUser {
  readonly enqueue: (text: string, options?: EnqueueOptions) => Promise<number>
  readonly claim: (count?: number, visibilityMs?: number) => Promise<ClaimedMessage[]>
  /** The bodies of what a claim gets. */
  readonly claimTexts: (count?: number, visibilityMs?: number) => Promise<string[]>
  readonly complete: (...claims: ClaimedMessage[]) => Promise<boolean[]>
  readonly abandon: (claim: ClaimedMessage, delayMs?: number) => Promise<boolean>
  readonly deadLetter: (claim: ClaimedMessage, reason: string) => Promise<boolean>
  readonly peekTexts: (count: number) => Promise<string[]>
  readonly peekDead: (count: number, afterId?: number) => Promise<(QueueMessage & { reason: string })[]>
  readonly counts: () => Promise<QueueCounts>
  readonly nextVisibleAt: () => Promise<number | undefined>
}

export function queueUser({ database, queues }: Bench, queue: string): QueueUser {
  const claim = (count = 1, visibilityMs = 30_000) =>
    database.write((transaction) => queues.claim(transaction, queue, count, visibilityMs))
  return {
    claim,
    enqueue: async (text, options) => {
      const message = { body: bytesOf(text), ...options }
      const ids = await database.write((transaction) => queues.enqueue(transaction, queue, [message]))
      return ids[0] ?? Number.NaN
    },
    claimTexts: async (count, visibilityMs) =>
      (await claim(count, visibilityMs)).map(({ body }) => textOf(body)),
    complete: (...claims) => database.write((transaction) => queues.complete(transaction, queue, claims)),
    abandon: async (claimed, delayMs) => {
      const [isValid = false] = await database.write((transaction) =>
        queues.abandon(transaction, queue, [claimed], delayMs),
      )
      return isValid
    },
    deadLetter: async (claimed, reason) => {
      const [isValid = false] = await database.write((transaction) =>
        queues.deadLetter(transaction, queue, [claimed], reason),
      )
      return isValid
    },
    peekTexts: async (count) => {
      const messages = await database.read((snapshot) => queues.peek(snapshot, queue, count))
      return messages.map(({ body }) => textOf(body))
    },
    peekDead: (count, afterId) =>
      database.read((snapshot) => queues.peekDead(snapshot, queue, count, afterId)),
    counts: () => database.read((snapshot) => queues.counts(snapshot, queue)),
    nextVisibleAt: () => database.read((snapshot) => queues.nextVisibleAt(snapshot, queue)),
  }
}
