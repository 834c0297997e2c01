/** Takes messages from a queue and runs a function for each. */
import {
  type Clock,
  ensureError,
  type Logger,
  type TriggerContext,
  type TriggerListener,
} from '@aloft/kernel'
import { decodeMessage } from './message-encoding.ts'
import type { QueueAccess, QueueDelivery, QueueSource } from './queue-access.ts'
import { poisonQueueOf } from './queue-binding.ts'
import { queueInput } from './queue-input.ts'
import type { QueueOptions } from './queue-options.ts'
import { Renewal } from './renewal.ts'

export interface QueueListenerOptions {
  readonly access: QueueAccess
  readonly queue: string
  readonly context: TriggerContext
  readonly options: QueueOptions
  readonly clock: Clock
}

/** How long a message is hidden from others; while its function runs, it is hidden anew at half of it. */
const holdMs = 600_000

/** Pause after the storage refused something. */
const errorPauseMs = 1000

export class QueueListener implements TriggerListener {
  readonly #access: QueueAccess
  readonly #queue: string
  readonly #poisonQueue: string | undefined
  readonly #context: TriggerContext
  readonly #options: QueueOptions
  readonly #clock: Clock
  readonly #log: Logger
  readonly #running = new Set<Promise<void>>()
  readonly #stopping = new AbortController()
  #source: QueueSource | undefined
  #ended: Promise<void> = Promise.resolve()
  #freed: () => void = nothing

  constructor({ access, queue, context, options, clock }: QueueListenerOptions) {
    this.#access = access
    this.#queue = queue
    this.#poisonQueue = poisonQueueOf(queue)
    this.#context = context
    this.#options = options
    this.#clock = clock
    this.#log = context.log.child('Host.Triggers.Queue')
  }

  async start(): Promise<void> {
    this.#source = this.#access.open(this.#queue, this.#options.maxPollingIntervalMs)
    this.#ended = this.#run(this.#source, this.#stopping.signal)
  }

  /** Messages in hand are settled also when `signal` aborts first, as long as the storage is open. */
  async stop(signal: AbortSignal): Promise<void> {
    this.#stopping.abort()
    this.#freed()
    this.#source?.close()
    await Promise.race([this.#finish(), aborted(signal)])
  }

  async #finish(): Promise<void> {
    await this.#ended
    await Promise.all(this.#running)
  }

  async #run(source: QueueSource, stopping: AbortSignal): Promise<void> {
    const { batchSize, newBatchThreshold } = this.#options
    let isEnsured = false
    while (!stopping.aborted) {
      try {
        if (!isEnsured) await this.#access.ensure(this.#queue)
        isEnsured = true
        const messages = await source.receive(batchSize, holdMs)
        for (const message of messages) this.#begin(source, message)
        if (messages.length === 0) await source.idle(stopping)
        else await this.#untilFewerThan(newBatchThreshold + 1)
      } catch (thrown) {
        const error = ensureError(thrown)
        this.#log.warn(`The queue '${this.#queue}' could not be read: ${error.message}`)
        await this.#clock.sleep(errorPauseMs, stopping).catch(nothing)
      }
    }
  }

  /** Resolves when fewer than `limit` messages are being worked on, or the listener is to stop. */
  async #untilFewerThan(limit: number): Promise<void> {
    while (this.#running.size >= limit && !this.#stopping.signal.aborted) {
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#freed = resolve
      await promise
    }
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
      .finally(() => {
        this.#running.delete(work)
        this.#freed()
      })
    this.#running.add(work)
  }

  async #process(source: QueueSource, message: QueueDelivery): Promise<void> {
    const { maxDequeueCount, visibilityTimeoutMs } = this.#options
    // A host that died with the message in hand could not put it aside.
    if (message.dequeueCount > maxDequeueCount) return this.#putAside(source, message)
    const input = this.#inputOf(message)
    if (typeof input === 'string') {
      this.#log.warn(`The message '${message.id}' of the queue '${this.#queue}' ${input}`)
      return this.#putAside(source, message)
    }
    const renewal = new Renewal({ source, message, holdMs, clock: this.#clock, log: this.#log })
    const result = await this.#context.invoke(input).finally(() => renewal.stop())
    const current = await renewal.message
    if (result.status === 'succeeded') await this.#complete(source, current)
    else if (message.dequeueCount >= maxDequeueCount) await this.#putAside(source, current)
    // Without a poison queue it stays hidden for a while, or it would come back at once for ever.
    else if (this.#poisonQueue !== undefined) await source.release(current, visibilityTimeoutMs)
  }

  /** The input of the invocation, or what is wrong with the message. */
  #inputOf(message: QueueDelivery) {
    const { messageEncoding } = this.#options
    const content = decodeMessage(message.text, messageEncoding)
    if (!content)
      return "is not encoded in base64. Senders must encode messages, or host.json set 'extensions.queues.messageEncoding' to 'none'."
    return (
      queueInput(this.#queue, this.#context.binding, message, content) ??
      "is not text. Set the trigger's 'dataType' to 'binary' to get its bytes."
    )
  }

  async #complete(source: QueueSource, message: QueueDelivery): Promise<void> {
    if (await source.complete(message)) return
    this.#log.debug(
      `Unable to delete queue message '${message.id}': somebody else has received it meanwhile, or it is gone.`,
    )
  }

  /** A queue of poison messages has none of its own: what fails there stays. */
  async #putAside(source: QueueSource, message: QueueDelivery): Promise<void> {
    if (this.#poisonQueue === undefined) return
    this.#log.warn(
      `Message has reached MaxDequeueCount of ${this.#options.maxDequeueCount}. Moving message to queue '${this.#poisonQueue}'.`,
    )
    await source.move(message, this.#poisonQueue)
  }
}

function nothing(): void {}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}
