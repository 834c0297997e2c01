/**
 * Notices workers that are stuck. A worker tells of what it runs on lent connections only when its event loop turns:
 * of a function that blocks it, nobody would hear until it is over.
 */
import type { Clock, Timer } from '@aloft/kernel'
import type { WorkerChannel } from '../contracts.ts'

const mostPeriodMs = 10_000

export class SilenceWatch {
  readonly #clock: Clock
  readonly #limitMs: number | undefined
  readonly #onSilent: (channel: WorkerChannel) => void
  /** When each was heard of last. */
  readonly #heardAt = new Map<WorkerChannel, number>()
  #timer: Timer | undefined

  /** @param limitMs undefined = unbounded */
  constructor(clock: Clock, limitMs: number | undefined, onSilent: (channel: WorkerChannel) => void) {
    this.#clock = clock
    this.#limitMs = limitMs
    this.#onSilent = onSilent
  }

  /** Watches a worker for as long as it has lent connections. */
  add(channel: WorkerChannel): void {
    if (this.#limitMs === undefined || this.#heardAt.has(channel)) return
    this.#heardAt.set(channel, this.#clock.elapsed())
    const periodMs = Math.min(this.#limitMs, mostPeriodMs)
    this.#timer ??= this.#clock.every(periodMs, () => this.#look()).unref()
  }

  close(): void {
    this.#timer?.cancel()
    this.#heardAt.clear()
  }

  #look(): void {
    for (const [channel, heardAt] of this.#heardAt) {
      if (!channel.lentConnections) this.#heardAt.delete(channel)
      else if (this.#clock.elapsed() - heardAt >= (this.#limitMs ?? 0)) {
        this.#heardAt.delete(channel)
        this.#onSilent(channel)
      } else this.#ask(channel)
    }
    if (this.#heardAt.size > 0) return
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #ask(channel: WorkerChannel): void {
    channel.ping().then(
      () => {
        if (this.#heardAt.has(channel)) this.#heardAt.set(channel, this.#clock.elapsed())
      },
      // It says nothing in time, or has died: the next look tells which.
      () => {},
    )
  }
}
