import type { Clock, Timer } from '@aloft/kernel'
import type { Addressed } from './message-store.ts'

/** How far ahead messages that wait for their time are held in memory. */
const windowMs = 60_000
/** The next window is loaded so much before the last one ends. */
const marginMs = 5000
/** Until a window that could not be loaded is tried again. */
const retryMs = 1000

export interface TimerQueueOptions {
  readonly clock: Clock
  /** Stored messages due after `after` and not after `until`. */
  readonly load: (after: number, until: number) => Promise<readonly Addressed[]>
  readonly onDue: (due: Addressed) => void
  readonly onError: (error: unknown) => void
}

/**
 * Messages that wait for their time: those of the next minute in a heap with one timer of the clock, the others in
 * the database only, however many there are.
 */
export class TimerQueue {
  readonly #options: TimerQueueOptions
  /** A binary heap by due time, then by order of sending. */
  readonly #heap: Addressed[] = []
  readonly #held = new Set<number>()
  /** What is due until then is in the heap, or was. */
  #horizon = 0
  #timer: Timer | undefined
  #timerAt = Number.POSITIVE_INFINITY
  #isClosed = false
  #reload: Timer | undefined

  constructor(options: TimerQueueOptions) {
    this.#options = options
  }

  /** Loads what is due soon, with messages that were never to wait; to be called once. */
  async open(): Promise<void> {
    await this.#loadWindow(-1)
  }

  /** Takes in a message that has just been stored; also one that is in the heap already. */
  add(addressed: Addressed): void {
    const { dueAt, seq } = addressed.message
    if (this.#isClosed || dueAt > this.#horizon || this.#held.has(seq)) return
    this.#held.add(seq)
    this.#push(addressed)
    this.#arm()
  }

  /** Forgets a message; nothing happens when it is not held. */
  remove(seq: number): void {
    this.#held.delete(seq)
  }

  close(): void {
    this.#isClosed = true
    this.#timer?.cancel()
    this.#reload?.cancel()
  }

  async #loadWindow(after: number): Promise<void> {
    const until = this.#options.clock.now() + windowMs
    // Before the rows are read: what is stored meanwhile comes through `add`.
    this.#horizon = until
    try {
      for (const addressed of await this.#options.load(after, until)) this.add(addressed)
      this.#loadLater(windowMs - marginMs, until)
    } catch (error) {
      this.#options.onError(error)
      this.#loadLater(retryMs, after)
    }
  }

  #loadLater(delayMs: number, after: number): void {
    if (this.#isClosed) return
    this.#reload = this.#options.clock.after(delayMs, () => void this.#loadWindow(after))
  }

  #arm(): void {
    const first = this.#heap[0]
    if (!first || this.#isClosed || first.message.dueAt >= this.#timerAt) return
    this.#timer?.cancel()
    this.#timerAt = first.message.dueAt
    this.#timer = this.#options.clock.after(first.message.dueAt - this.#options.clock.now(), () =>
      this.#fire(),
    )
  }

  #fire(): void {
    this.#timerAt = Number.POSITIVE_INFINITY
    const now = this.#options.clock.now()
    for (let first = this.#heap[0]; first && first.message.dueAt <= now; first = this.#heap[0]) {
      this.#pop()
      if (this.#held.delete(first.message.seq)) this.#options.onDue(first)
    }
    this.#arm()
  }

  #push(addressed: Addressed): void {
    const heap = this.#heap
    let index = heap.push(addressed) - 1
    while (index > 0) {
      const parent = (index - 1) >> 1
      const above = heap[parent] as Addressed
      if (!isBefore(addressed, above)) break
      heap[index] = above
      index = parent
    }
    heap[index] = addressed
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop() as Addressed
    const { length } = heap
    if (length === 0) return
    let index = 0
    for (let child = 1; child < length; child = 2 * index + 1) {
      if (child + 1 < length && isBefore(heap[child + 1] as Addressed, heap[child] as Addressed)) child++
      const below = heap[child] as Addressed
      if (!isBefore(below, last)) break
      heap[index] = below
      index = child
    }
    heap[index] = last
  }
}

function isBefore({ message: a }: Addressed, { message: b }: Addressed): boolean {
  return a.dueAt - b.dueAt < 0 || (a.dueAt === b.dueAt && a.seq < b.seq)
}
