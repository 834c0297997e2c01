/**
 * The queue `azure-webjobs-blobtrigger-<host id>` of an app: blobs wait there for their function, so that none is
 * lost with the process, failures are tried again, and only so many run at a time.
 */
import type { Clock, Logger, TriggerConcurrency } from '@aloft/kernel'
import { encodeMessage } from '../queue/message-encoding.ts'
import type { QueueAccess, QueueDelivery } from '../queue/queue-access.ts'
import { QueueListener } from '../queue/queue-listener.ts'
import type { BlobOptions } from './blob-options.ts'
import { type BlobTriggerMessage, parseMessage, renderMessage, renderPoison } from './trigger-message.ts'

export type BlobHandler = (message: BlobTriggerMessage, delivery: QueueDelivery) => Promise<'done' | 'failed'>

export interface BlobQueueOptions {
  readonly queues: QueueAccess
  readonly hostId: string
  readonly options: BlobOptions
  readonly clock: Clock
}

const poisonQueue = 'webjobs-blobtrigger-poison'
const messageEncoding = 'base64'
const mostAtOnce = 32
/** Another generation of the app may know the function. */
const unknownFunctionPauseMs = 1000

export class BlobQueue {
  readonly #queues: QueueAccess
  readonly #name: string
  readonly #options: BlobOptions
  readonly #clock: Clock
  readonly #handlers = new Map<string, BlobHandler>()
  #listener: QueueListener | undefined

  constructor({ queues, hostId, options, clock }: BlobQueueOptions) {
    this.#queues = queues
    this.#name = `azure-webjobs-blobtrigger-${hostId}`
    this.#options = options
    this.#clock = clock
  }

  /** Resolves when it is durable. */
  send(message: BlobTriggerMessage): Promise<void> {
    const text = encodeMessage({ kind: 'json', text: renderMessage(message) }, messageEncoding)
    return this.#queues.send(this.#name, [text], undefined)
  }

  /**
   * From now on the messages of this function are handled; the first function makes the queue be read.
   *
   * @param concurrency stands in for `maxDegreeOfParallelism`; the same for all functions of the app
   */
  async register(
    functionId: string,
    handler: BlobHandler,
    log: Logger,
    concurrency: TriggerConcurrency | undefined,
  ): Promise<void> {
    this.#handlers.set(functionId, handler)
    if (this.#listener) return
    const { maxDegreeOfParallelism, poisonBlobThreshold } = this.#options
    const batchSize = Math.min(mostAtOnce, maxDegreeOfParallelism)
    this.#listener = new QueueListener({
      access: this.#queues,
      queue: this.#name,
      clock: this.#clock,
      log,
      concurrency,
      options: {
        batchSize,
        newBatchThreshold: maxDegreeOfParallelism - batchSize,
        maxPollingIntervalMs: 2000,
        visibilityTimeoutMs: 0,
        maxDequeueCount: poisonBlobThreshold,
        messageEncoding,
      },
      work: {
        poisonQueue,
        poisonText: (delivery) => {
          const content = Buffer.from(delivery.text, messageEncoding).toString('utf8')
          const message = parseMessage(content)
          return encodeMessage(
            { kind: 'text', text: message ? renderPoison(message) : content },
            messageEncoding,
          )
        },
        run: (delivery, content) => this.#run(delivery, content, log),
      },
    })
    await this.#listener.start()
  }

  /** The last function ends the reading. */
  async unregister(functionId: string, signal: AbortSignal): Promise<void> {
    this.#handlers.delete(functionId)
    if (this.#handlers.size > 0) return
    const listener = this.#listener
    this.#listener = undefined
    await listener?.stop(signal)
  }

  #run(delivery: QueueDelivery, content: Buffer, log: Logger): Promise<'done' | 'failed'> | string {
    const message = parseMessage(content.toString('utf8'))
    if (!message) return 'is no message about a blob.'
    const handler = this.#handlers.get(message.functionId)
    if (handler) return handler(message, delivery)
    log.warn(`Blob '${message.blob}' waits for the function '${message.functionId}', which is not there.`)
    return this.#clock.sleep(unknownFunctionPauseMs).then(() => 'failed')
  }
}
