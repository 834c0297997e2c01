/** Events that services raise about their resources (blob created, workflow completed), for Event Grid to deliver. */
export interface ResourceEvent {
  /** E.g. `Microsoft.Storage.BlobCreated`. */
  readonly type: string
  /** Resource id of the topic, e.g. of the storage account. */
  readonly topic: string
  readonly subject: string
  readonly dataVersion: string
  readonly data: unknown
}

/** `Transaction` is the engine's; the event is raised if and only if the transaction commits. */
export interface EventPublisher<Transaction> {
  /** Whoever gets a promise awaits it within the transaction; when it rejects, nothing has happened. */
  publish(transaction: Transaction, events: readonly ResourceEvent[]): void | Promise<void>
}
