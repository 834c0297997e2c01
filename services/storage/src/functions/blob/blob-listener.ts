/** Finds the blobs of one function, puts each version once into the app's queue, and runs the function for it. */
import { type Clock, ensureError, type TriggerContext, type TriggerListener } from '@aloft/kernel'
import { isDeferred } from '../deferred.ts'
import type { QueueDelivery } from '../queue/queue-access.ts'
import type { BlobAccess, BlobFeed, BlobNotice } from './blob-access.ts'
import type { BlobPattern } from './blob-path.ts'
import type { BlobQueue } from './blob-queue.ts'
import type { HostBlobs } from './host-blobs.ts'
import { type BlobArrival, blobTriggerInput } from './trigger-input.ts'
import { type BlobTriggerMessage, functionIdOf } from './trigger-message.ts'

export interface BlobListenerOptions {
  readonly context: TriggerContext
  readonly pattern: BlobPattern
  readonly blobs: BlobAccess
  readonly host: HostBlobs
  readonly queue: BlobQueue
  readonly source: BlobArrival['source']
  /** Whether the container is watched; otherwise events come to the webhook. */
  readonly isWatching: boolean
  readonly clock: Clock
}

/** Pause after the storage refused something. */
const errorPauseMs = 1000

export class BlobListener implements TriggerListener {
  readonly #options: BlobListenerOptions
  readonly #functionId: string
  readonly #stopping = new AbortController()
  #feed: BlobFeed | undefined
  #ended: Promise<void> = Promise.resolve()

  constructor(options: BlobListenerOptions) {
    this.#options = options
    this.#functionId = functionIdOf(options.context.function.name)
  }

  async start(): Promise<void> {
    const { queue, context, isWatching } = this.#options
    await queue.register(
      this.#functionId,
      (message, delivery) => this.#run(message, delivery),
      context.log.child('Host.Triggers.Blobs'),
      context.concurrency,
    )
    if (isWatching) this.#ended = this.#watch(this.#stopping.signal)
  }

  async stop(signal: AbortSignal): Promise<void> {
    this.#stopping.abort()
    this.#feed?.close()
    await this.#ended
    await this.#options.queue.unregister(this.#functionId, signal)
  }

  /** Puts a blob into the queue, unless this version was there before, or the function is for others. */
  async notice({ name, etag, type }: BlobNotice): Promise<void> {
    const { pattern, host, queue } = this.#options
    if (!pattern.match(name)) return
    const message = { functionId: this.#functionId, type, container: pattern.container, blob: name, etag }
    if (await host.hasReceipt(message)) return
    await queue.send(message)
    // A host that dies in between finds the blob again: at least once, as everywhere.
    await host.writeReceipt(message)
  }

  async #watch(stopping: AbortSignal): Promise<void> {
    const { blobs, host, pattern, context, clock } = this.#options
    while (!stopping.aborted) {
      try {
        if (!this.#feed) {
          const position = await host.readPosition(this.#functionId)
          this.#feed = blobs.watch(pattern.container, pattern.prefix, position)
        }
        const notices = await this.#feed.next()
        for (const notice of notices) {
          if (stopping.aborted) return
          await this.notice(notice)
        }
        if (notices.length > 0) await host.writePosition(this.#functionId, this.#feed.position)
        else await this.#feed.idle(stopping)
      } catch (thrown) {
        const error = ensureError(thrown)
        context.log.warn(`The container '${pattern.container}' could not be watched: ${error.message}`)
        this.#feed?.close()
        this.#feed = undefined
        await clock.sleep(errorPauseMs, stopping).catch(nothing)
      }
    }
    this.#feed?.close()
  }

  async #run(message: BlobTriggerMessage, delivery: QueueDelivery): Promise<'done' | 'failed'> {
    const { blobs, context, pattern, source } = this.#options
    const { binding } = context
    const captures = pattern.match(message.blob)
    const facts = captures && (await blobs.find(message.container, message.blob))
    // It is gone, or was written again: then there is, or will be, another message.
    if (!facts || facts.etag !== message.etag) return 'done'
    const content = isDeferred(binding) ? undefined : await blobs.read(message.container, message.blob)
    const arrival = {
      source,
      messageId: delivery.id,
      dequeueCount: delivery.dequeueCount,
      insertedAt: delivery.insertedAt,
    }
    const result = await context.invoke(blobTriggerInput(binding, facts, captures, content, arrival))
    return result.status === 'succeeded' ? 'done' : 'failed'
  }
}

function nothing(): void {}
