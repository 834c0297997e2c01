/** Takes messages from a queue and has each worked on: by a function, for queue triggers. */
import {
  type Clock,
  ensureError,
  type Logger,
  type TriggerConcurrency,
  type TriggerListener,
} from '@aloft/kernel'
import { maxMessagesPerGet } from '../../queue/limits.ts'
import { decodeMessage } from './message-encoding.ts'
import type { QueueAccess, QueueDelivery, QueueSource } from './queue-access.ts'
import type { QueueOptions } from './queue-options.ts'
import { Renewal } from './renewal.ts'

/** What becomes of the messages of a queue. */
export interface QueueWork {
  /** Works on a message, whose content is decoded; a text says what is wrong with the message. */
  run(message: QueueDelivery, content: Buffer): Promise<'done' | 'failed'> | string
  /** Where messages go that failed too often; undefined: they stay. */
  readonly poisonQueue: string | undefined
  /** What is put there, encoded, instead of the message itself. */
  poisonText?(message: QueueDelivery): string
}

export interface QueueListenerOptions {
  readonly access: QueueAccess
  readonly queue: string
  readonly work: QueueWork
  readonly options: QueueOptions
  /** Stands in for `batchSize` and `newBatchThreshold` when the host finds out how much may run at a time. */
  readonly concurrency?: TriggerConcurrency | undefined
  readonly clock: Clock
  readonly log: Logger
}

/** How long a message is hidden from others; while its function runs, it is hidden anew at half of it. */
const holdMs = 600_000

/** Pause after the storage refused something. */
const errorPauseMs = 1000

export class QueueListener implements TriggerListener {
  readonly #access: QueueAccess
  readonly #queue: string
  readonly #work: QueueWork
  readonly #options: QueueOptions
  readonly #concurrency: TriggerConcurrency | undefined
  readonly #clock: Clock
  readonly #log: Logger
  /** Messages in hand, until what became of them is durable. */
  readonly #inHand = new Set<Promise<void>>()
  /** Functions that run. */
  #running = 0
  readonly #stopping = new AbortController()
  #source: QueueSource | undefined
  #ended: Promise<void> = Promise.resolve()
  #freed: () => void = nothing
  #stopAsking: () => void = nothing

  constructor({ access, queue, work, options, concurrency, clock, log }: QueueListenerOptions) {
    this.#access = access
    this.#queue = queue
    this.#work = work
    this.#options = options
    this.#concurrency = concurrency
    this.#clock = clock
    this.#log = log
  }

  async start(): Promise<void> {
    this.#source = this.#access.open(this.#queue, this.#options.maxPollingIntervalMs)
    this.#stopAsking = this.#concurrency?.onAvailable(() => this.#freed()) ?? nothing
    this.#ended = this.#run(this.#source, this.#stopping.signal)
  }

  /** Messages in hand are settled also when `signal` aborts first, as long as the storage is open. */
  async stop(signal: AbortSignal): Promise<void> {
    this.#stopping.abort()
    this.#stopAsking()
    this.#freed()
    this.#source?.close()
    await Promise.race([this.#finish(), aborted(signal)])
  }

  async #finish(): Promise<void> {
    await this.#ended
    await Promise.all(this.#inHand)
  }

  async #run(source: QueueSource, stopping: AbortSignal): Promise<void> {
    let isEnsured = false
    while (!stopping.aborted) {
      try {
        if (!isEnsured) await this.#access.ensure(this.#queue)
        isEnsured = true
        const count = await this.#room()
        if (stopping.aborted) return
        const messages = await source.receive(count, holdMs)
        const later = messages.length === 0 ? await source.idle(count, holdMs, stopping) : []
        for (const message of [...messages, ...later]) this.#begin(source, message)
      } catch (thrown) {
        const error = ensureError(thrown)
        this.#log.warn(`The queue '${this.#queue}' could not be read: ${error.message}`)
        await this.#clock.sleep(errorPauseMs, stopping).catch(nothing)
      }
    }
  }

  /** How many messages may be taken; waits until it is one at least, or the listener is to stop. */
  async #room(): Promise<number> {
    for (;;) {
      const count = this.#roomNow()
      if (count > 0 || this.#stopping.signal.aborted) return count
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#freed = resolve
      await promise
    }
  }

  #roomNow(): number {
    const { batchSize, newBatchThreshold } = this.#options
    if (this.#concurrency) return Math.min(maxMessagesPerGet, this.#concurrency.available(this.#running))
    return this.#running <= newBatchThreshold ? batchSize : 0
  }

  #begin(source: QueueSource, message: QueueDelivery): void {
    const work = this.#process(source, message)
      .catch((thrown: unknown) => {
        const error = ensureError(thrown)
        this.#log.error(
          `The message '${message.id}' of the queue '${this.#queue}' failed: ${error.message}`,
          error,
        )
      })
      .finally(() => this.#inHand.delete(work))
    this.#inHand.add(work)
  }

  async #process(source: QueueSource, message: QueueDelivery): Promise<void> {
    const { maxDequeueCount, visibilityTimeoutMs } = this.#options
    // A host that died with the message in hand could not put it aside.
    if (message.dequeueCount > maxDequeueCount) return this.#putAside(source, message, this.#tooOften)
    const running = this.#begun(message)
    if (typeof running === 'string')
      return this.#putAside(
        source,
        message,
        `The message '${message.id}' of the queue '${this.#queue}' ${running}`,
      )
    this.#running++
    const renewal = new Renewal({ source, message, holdMs, clock: this.#clock, log: this.#log })
    const outcome = await running.finally(() => {
      renewal.stop()
      // Others may begin while what became of this one is written down.
      this.#running--
      this.#freed()
    })
    const current = await renewal.message
    if (outcome === 'done') await this.#complete(source, current)
    else if (message.dequeueCount >= maxDequeueCount) await this.#putAside(source, current, this.#tooOften)
    // Without a poison queue it stays hidden for a while, or it would come back at once for ever.
    else if (this.#work.poisonQueue !== undefined) await source.release(current, visibilityTimeoutMs)
  }

  /** The work on a message, or what is wrong with the message. */
  #begun(message: QueueDelivery): Promise<'done' | 'failed'> | string {
    const content = decodeMessage(message.text, this.#options.messageEncoding)
    if (!content)
      return "is not encoded in base64. Senders must encode messages, or host.json set 'extensions.queues.messageEncoding' to 'none'."
    return this.#work.run(message, content)
  }

  async #complete(source: QueueSource, message: QueueDelivery): Promise<void> {
    if (await source.complete(message)) return
    this.#log.debug(
      `Unable to delete queue message '${message.id}': somebody else has received it meanwhile, or it is gone.`,
    )
  }

  /** A queue of poison messages has none of its own: what fails there stays. */
  async #putAside(source: QueueSource, message: QueueDelivery, why: string): Promise<void> {
    const { poisonQueue } = this.#work
    if (poisonQueue === undefined) return this.#log.warn(why)
    this.#log.warn(`${why} Moving message to queue '${poisonQueue}'.`)
    await source.move(message, poisonQueue, this.#work.poisonText?.(message))
  }

  get #tooOften(): string {
    return `Message has reached MaxDequeueCount of ${this.#options.maxDequeueCount}.`
  }
}

function nothing(): void {}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}
