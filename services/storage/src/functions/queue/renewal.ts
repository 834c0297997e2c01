/** Keeps a message hidden from others while its function runs. */
import { type Clock, ensureError, type Logger, type Timer } from '@aloft/kernel'
import type { QueueDelivery, QueueSource } from './queue-access.ts'

export interface RenewalOptions {
  readonly source: QueueSource
  readonly message: QueueDelivery
  /** For so long it is hidden; renewed at half of it. */
  readonly holdMs: number
  readonly clock: Clock
  readonly log: Logger
}

/** Runs from the moment it is made, until `stop`. */
export class Renewal {
  readonly #options: RenewalOptions
  #message: Promise<QueueDelivery>
  #timer: Timer | undefined

  constructor(options: RenewalOptions) {
    this.#options = options
    this.#message = Promise.resolve(options.message)
    this.#plan()
  }

  /** The message with its last receipt, once a renewal under way has ended. */
  get message(): Promise<QueueDelivery> {
    return this.#message
  }

  stop(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #plan(): void {
    const { clock, holdMs } = this.#options
    this.#timer = clock
      .after(holdMs / 2, () => {
        this.#plan()
        this.#message = this.#renew()
      })
      .unref()
  }

  async #renew(): Promise<QueueDelivery> {
    const { source, holdMs, log } = this.#options
    const current = await this.#message
    try {
      const renewed = await source.renew(current, holdMs)
      if (renewed) return renewed
      log.warn(`The message '${current.id}' was lost to somebody else while its function runs.`)
      this.stop()
    } catch (error) {
      log.warn(`The message '${current.id}' could not be kept hidden: ${ensureError(error).message}`)
    }
    return current
  }
}
