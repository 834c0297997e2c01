/** Queues of this process: pushed, never polled. Who waits gets a message in the transaction that puts it. */
import type { Clock } from '@aloft/kernel'
import { StorageError } from '../../protocol/storage-error.ts'
import { defaultTtlSeconds } from '../../queue/limits.ts'
import { parsePopReceipt } from '../../queue/message-id.ts'
import type { HeldMessage, NewMessage } from '../../queue/queue-messages.ts'
import type { QueueAddress } from '../../queue/queue-row.ts'
import type { QueueStore } from '../../queue/queue-store.ts'
import type { QueueAccess, QueueDelivery, QueueSource } from './queue-access.ts'

export function embeddedQueues(store: QueueStore, account: string, clock: Clock): QueueAccess {
  return {
    ensure: (queue) => store.catalog.ensure({ account, queue }),
    async send(queue, texts, traceParent) {
      const messages = texts.map((text) => newMessage(text, traceParent))
      await store.messages.sendOrCreate({ account, queue }, messages)
    },
    open: (queue) => new EmbeddedQueue(store, { account, queue }, clock),
  }
}

function newMessage(text: string, traceParent: string | undefined): NewMessage {
  return { text, ttlMs: defaultTtlSeconds * 1000, traceParent }
}

/** Timers of a machine that sleeps stand still, so the queue is looked at this often. */
const longestNapMs = 60_000

class EmbeddedQueue implements QueueSource {
  readonly #store: QueueStore
  readonly #address: QueueAddress
  readonly #clock: Clock
  readonly #stopListening: () => void
  /** Set by what happens after the last `receive` began. */
  #isWoken = false
  #wake: () => void = nothing

  constructor(store: QueueStore, address: QueueAddress, clock: Clock) {
    this.#store = store
    this.#address = address
    this.#clock = clock
    this.#stopListening = store.messages.listen(address, () => {
      this.#isWoken = true
      this.#wake()
    })
  }

  async receive(count: number, visibilityMs: number): Promise<readonly QueueDelivery[]> {
    this.#isWoken = false
    try {
      return await this.#store.messages.receive(this.#address, count, visibilityMs)
    } catch (error) {
      if (isQueueNotFound(error)) return []
      throw error
    }
  }

  async idle(count: number, visibilityMs: number, signal: AbortSignal): Promise<readonly QueueDelivery[]> {
    const next = await this.#store.messages.nextVisibleAt(this.#address)
    if (this.#isWoken || signal.aborted) return []
    const napMs = next === undefined ? longestNapMs : Math.max(0, next - this.#clock.now())
    const taker = this.#store.messages.take(this.#address, count, visibilityMs)
    const leave = () => taker.leave()
    this.#wake = leave
    const timer = this.#clock.after(Math.min(napMs, longestNapMs), leave).unref()
    signal.addEventListener('abort', leave, { once: true })
    const messages = await taker.messages
    signal.removeEventListener('abort', leave)
    timer.cancel()
    this.#wake = nothing
    return messages
  }

  complete(message: QueueDelivery): Promise<boolean> {
    return settled(this.#store.messages.delete(this.#address, held(message)))
  }

  release(message: QueueDelivery, delayMs: number): Promise<boolean> {
    return settled(this.#store.messages.update(this.#address, held(message), delayMs, undefined))
  }

  async renew(message: QueueDelivery, visibilityMs: number): Promise<QueueDelivery | undefined> {
    try {
      const change = this.#store.messages.update(this.#address, held(message), visibilityMs, undefined)
      return { ...message, ...(await change) }
    } catch (error) {
      if (isLost(error)) return undefined
      throw error
    }
  }

  move(message: QueueDelivery, queue: string, text = message.text): Promise<boolean> {
    const target = { account: this.#address.account, queue }
    const copy = newMessage(text, message.traceParent)
    return settled(this.#store.messages.move(this.#address, held(message), target, copy))
  }

  close(): void {
    this.#stopListening()
    this.#wake()
  }
}

function nothing(): void {}

function held({ id, popReceipt }: QueueDelivery): HeldMessage {
  return { id, receipt: parsePopReceipt(popReceipt)! }
}

async function settled(settling: Promise<unknown>): Promise<boolean> {
  try {
    await settling
    return true
  } catch (error) {
    if (isLost(error)) return false
    throw error
  }
}

function isLost(error: unknown): boolean {
  return (
    isQueueNotFound(error) ||
    (error instanceof StorageError &&
      (error.code === 'MessageNotFound' || error.code === 'PopReceiptMismatch'))
  )
}

function isQueueNotFound(error: unknown): boolean {
  return error instanceof StorageError && error.code === 'QueueNotFound'
}
