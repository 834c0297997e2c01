/** Queues elsewhere, through the official SDK: they must be asked for messages, less often the longer there are none. */

import { type Clock, randomInteger } from '@aloft/kernel'
import type { QueueClient, QueueServiceClient } from '@azure/storage-queue'
import { never } from '../../queue/limits.ts'
import type { RemoteConnection } from '../connections.ts'
import type { QueueAccess, QueueDelivery, QueueSource } from './queue-access.ts'

/** The SDK is loaded by the first use. */
export function remoteQueues(connection: RemoteConnection, clock: Clock): QueueAccess {
  let service: Promise<QueueServiceClient> | undefined
  const client = async (queue: string) => {
    service ??= connect(connection)
    return (await service).getQueueClient(queue)
  }
  return {
    async ensure(queue) {
      await (await client(queue)).createIfNotExists()
    },
    async send(queue, texts) {
      for (const text of texts) await sendOrCreate(await client(queue), text)
    },
    open: (queue, maxPollingIntervalMs) => new RemoteQueue(client, queue, clock, maxPollingIntervalMs),
  }
}

async function connect(connection: RemoteConnection): Promise<QueueServiceClient> {
  const { QueueServiceClient } = await import('@azure/storage-queue')
  return connection.kind === 'identity'
    ? new QueueServiceClient(connection.url, connection.credential)
    : QueueServiceClient.fromConnectionString(connection.text)
}

async function sendOrCreate(client: QueueClient, text: string): Promise<void> {
  try {
    await client.sendMessage(text)
  } catch (error) {
    if (codeOf(error) !== 'QueueNotFound') throw error
    await client.createIfNotExists()
    await client.sendMessage(text)
  }
}

/** The official extension's shortest pause (`QueuePollingIntervals.Minimum`). */
const shortestPauseMs = 100

class RemoteQueue implements QueueSource {
  readonly #client: (queue: string) => Promise<QueueClient>
  readonly #queue: string
  readonly #clock: Clock
  readonly #longestPauseMs: number
  #pauses = 0

  constructor(
    client: (queue: string) => Promise<QueueClient>,
    queue: string,
    clock: Clock,
    longestPauseMs: number,
  ) {
    this.#client = client
    this.#queue = queue
    this.#clock = clock
    this.#longestPauseMs = longestPauseMs
  }

  async receive(count: number, visibilityMs: number): Promise<readonly QueueDelivery[]> {
    const client = await this.#client(this.#queue)
    try {
      const visibilityTimeout = Math.max(1, Math.round(visibilityMs / 1000))
      const answer = await client.receiveMessages({ numberOfMessages: count, visibilityTimeout })
      if (answer.receivedMessageItems.length > 0) this.#pauses = 0
      return answer.receivedMessageItems.map((item) => ({
        id: item.messageId,
        popReceipt: item.popReceipt,
        text: item.messageText,
        insertedAt: item.insertedOn.getTime(),
        expiresAt: item.expiresOn.getTime() >= never ? undefined : item.expiresOn.getTime(),
        visibleAt: item.nextVisibleOn.getTime(),
        dequeueCount: item.dequeueCount,
        traceParent: '',
      }))
    } catch (error) {
      if (isGone(error)) return []
      throw error
    }
  }

  async idle(_count: number, _visibilityMs: number, signal: AbortSignal): Promise<readonly QueueDelivery[]> {
    const pauseMs = pollingPause(this.#pauses++, this.#longestPauseMs, randomInteger(1001) / 1000)
    await this.#clock.sleep(pauseMs, signal).catch(() => undefined)
    return []
  }

  complete({ id, popReceipt }: QueueDelivery): Promise<boolean> {
    return this.#settle((client) => client.deleteMessage(id, popReceipt))
  }

  release({ id, popReceipt }: QueueDelivery, delayMs: number): Promise<boolean> {
    return this.#settle((client) =>
      client.updateMessage(id, popReceipt, undefined, Math.round(delayMs / 1000)),
    )
  }

  async renew(message: QueueDelivery, visibilityMs: number): Promise<QueueDelivery | undefined> {
    let renewed: QueueDelivery | undefined
    await this.#settle(async (client) => {
      const seconds = Math.round(visibilityMs / 1000)
      const answer = await client.updateMessage(message.id, message.popReceipt, undefined, seconds)
      const { popReceipt = message.popReceipt, nextVisibleOn } = answer
      renewed = { ...message, popReceipt, visibleAt: nextVisibleOn?.getTime() ?? message.visibleAt }
    })
    return renewed
  }

  /** Two steps: when the second fails, the message is in both queues. */
  async move(message: QueueDelivery, queue: string, text = message.text): Promise<boolean> {
    await sendOrCreate(await this.#client(queue), text)
    return this.complete(message)
  }

  close(): void {}

  async #settle(act: (client: QueueClient) => Promise<unknown>): Promise<boolean> {
    try {
      await act(await this.#client(this.#queue))
      return true
    } catch (error) {
      const code = codeOf(error)
      if (code === 'MessageNotFound' || code === 'PopReceiptMismatch' || isGone(error)) return false
      throw error
    }
  }
}

/**
 * Milliseconds to wait after `pauses` earlier ones in a row: the official extension's
 * `RandomizedExponentialBackoffStrategy`.
 * @param random in [0, 1]
 */
export function pollingPause(pauses: number, longestMs: number, random: number): number {
  const growth = pauses === 0 ? 0 : (0.8 + 0.4 * random) * 2 ** Math.min(pauses - 1, 30)
  return Math.min(longestMs, Math.round(shortestPauseMs * (1 + growth)))
}

function isGone(error: unknown): boolean {
  const code = codeOf(error)
  return code === 'QueueNotFound' || code === 'QueueBeingDeleted' || code === 'QueueDisabled'
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}
