/** Consumers that wait for messages, and get them in the transaction that puts them: one commit instead of two. */
import type { ReceivedMessage } from './queue-messages.ts'
import type { QueueAddress } from './queue-row.ts'

/** A consumer that waits. */
export class Taker {
  /** How many messages at most, and for how long they are hidden from others, in milliseconds. */
  readonly count: number
  readonly visibilityMs: number
  /** What was given; nothing when the taker left first. */
  readonly messages: Promise<readonly ReceivedMessage[]>
  readonly #settle: (messages: readonly ReceivedMessage[]) => void
  #isEngaged = false
  #wantsToLeave = false

  /** @param onEnd the taker waits no more */
  constructor(count: number, visibilityMs: number, onEnd: () => void) {
    this.count = count
    this.visibilityMs = visibilityMs
    const { promise, resolve } = Promise.withResolvers<readonly ReceivedMessage[]>()
    this.messages = promise
    this.#settle = (messages) => {
      onEnd()
      resolve(messages)
    }
  }

  /** Whether a transaction may engage it. */
  get isFree(): boolean {
    return !this.#isEngaged
  }

  /** A transaction has claimed messages for it: `give` them after the commit, or `disengage`. */
  engage(): void {
    this.#isEngaged = true
  }

  give(messages: readonly ReceivedMessage[]): void {
    this.#settle(messages)
  }

  /** Nothing came of the transaction. */
  disengage(): void {
    this.#isEngaged = false
    if (this.#wantsToLeave) this.#settle([])
  }

  /** Ends the wait. What a transaction under way has claimed is still given: nobody else would get it. */
  leave(): void {
    if (this.#isEngaged) this.#wantsToLeave = true
    else this.#settle([])
  }
}

/** Those who wait, by queue. */
export class Takers {
  readonly #waiting = new Map<string, Set<Taker>>()

  wait(address: QueueAddress, count: number, visibilityMs: number): Taker {
    const key = keyOf(address)
    const takers = this.#waiting.get(key) ?? new Set()
    this.#waiting.set(key, takers)
    const taker = new Taker(count, visibilityMs, () => {
      takers.delete(taker)
      if (takers.size === 0 && this.#waiting.get(key) === takers) this.#waiting.delete(key)
    })
    takers.add(taker)
    return taker
  }

  /** The first who waits for messages of the queue and is not engaged. */
  free(address: QueueAddress): Taker | undefined {
    for (const taker of this.#waiting.get(keyOf(address)) ?? []) if (taker.isFree) return taker
    return undefined
  }
}

function keyOf({ account, queue }: QueueAddress): string {
  return `${account}/${queue}`
}
