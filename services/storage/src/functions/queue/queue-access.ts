/** Queues of one connection, as triggers and outputs use them: of this process, or elsewhere. */

/** A message in hand. Times are milliseconds since 1970. */
export interface QueueDelivery {
  readonly id: string
  readonly popReceipt: string
  /** As it is stored, still encoded. */
  readonly text: string
  readonly insertedAt: number
  /** Undefined = never. */
  readonly expiresAt: number | undefined
  readonly visibleAt: number
  readonly dequeueCount: number
  /** W3C `traceparent` of its sender; '' when unknown. */
  readonly traceParent: string
}

export interface QueueAccess {
  /** Makes the queue unless it exists. */
  ensure(queue: string): Promise<void>
  /** Adds messages in order, making the queue if need be; resolves when they are durable. */
  send(queue: string, texts: readonly string[], traceParent: string | undefined): Promise<void>
  /** @param maxPollingIntervalMs of queues that must be asked */
  open(queue: string, maxPollingIntervalMs: number): QueueSource
}

/** Messages of one queue for one consumer. `false` = somebody else has the message by now, or it is gone. */
export interface QueueSource {
  /** None also when the queue does not exist. */
  receive(count: number, visibilityMs: number): Promise<readonly QueueDelivery[]>
  /**
   * After a `receive` that gave none: resolves when it is worth to ask again, or `signal` aborts; with what has come
   * meanwhile, as `receive` gives it, or nothing.
   */
  idle(count: number, visibilityMs: number, signal: AbortSignal): Promise<readonly QueueDelivery[]>
  complete(message: QueueDelivery): Promise<boolean>
  /** Gives it back, visible after `delayMs`. */
  release(message: QueueDelivery, delayMs: number): Promise<boolean>
  /** Hides it for `visibilityMs` more; the message with its new receipt, or undefined when it is lost. */
  renew(message: QueueDelivery, visibilityMs: number): Promise<QueueDelivery | undefined>
  /** Moves it to another queue, which is made if need be; with another text if there is one. */
  move(message: QueueDelivery, queue: string, text?: string): Promise<boolean>
  /** Ends waiting; messages in hand may still be settled. */
  close(): void
}
