/**
 * Time. The only place that may read the process's clock or set its timers, so that tests can turn it
 * (`VirtualClock` in `@aloft/kernel/testing`).
 */

/** A pending timer. */
export interface Timer {
  /** Stops the timer; does nothing when it has fired. */
  cancel(): void
  /** Lets the process end while the timer is pending. */
  unref(): Timer
}

export interface Clock {
  /** Wall-clock time in milliseconds since 1970-01-01T00:00:00Z. */
  now(): number
  /** Milliseconds (with fractions) from an arbitrary start; never goes back. For durations. */
  elapsed(): number
  /** Runs `action` once, `delayMs` from now. Any length: delays beyond 2^31 ms are chained. */
  after(delayMs: number, action: () => void): Timer
  /** Runs `action` every `periodMs`, of any length too. */
  every(periodMs: number, action: () => void): Timer
  /** Resolves after `delayMs`; rejects with the signal's reason when `signal` aborts first. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>
}

/** Node's timers hold 31 bits of milliseconds; longer ones fire at once. */
const maxTimerMs = 2 ** 31 - 1

class SystemTimer implements Timer {
  #handle: NodeJS.Timeout
  #referenced = true

  /** @param periodMs starts anew with this delay after each firing */
  constructor(delayMs: number, action: () => void, periodMs?: number) {
    const fire =
      periodMs === undefined
        ? action
        : () => {
            this.#handle = this.#start(periodMs, fire)
            action()
          }
    this.#handle = this.#start(Math.max(0, delayMs), fire)
  }

  #start(delayMs: number, action: () => void): NodeJS.Timeout {
    const handle =
      delayMs <= maxTimerMs
        ? setTimeout(action, delayMs)
        : setTimeout(() => {
            this.#handle = this.#start(delayMs - maxTimerMs, action)
          }, maxTimerMs)
    return this.#referenced ? handle : handle.unref()
  }

  cancel(): void {
    clearTimeout(this.#handle)
  }

  unref(): Timer {
    this.#referenced = false
    this.#handle.unref()
    return this
  }
}

/** The process's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  after: (delayMs, action) => new SystemTimer(delayMs, action),
  every: (periodMs, action) => new SystemTimer(periodMs, action, periodMs),
  sleep: (delayMs, signal) => sleepOn(systemClock, delayMs, signal),
}

/** `sleep` in terms of `after`, for every clock. */
export function sleepOn(clock: Pick<Clock, 'after'>, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const onAbort = () => {
      timer.cancel()
      reject(signal?.reason)
    }
    const timer = clock.after(delayMs, () => {
      signal?.removeEventListener('abort', onAbort)
      resolve()
    })
    signal?.addEventListener('abort', onAbort, { once: true })
  })
}
