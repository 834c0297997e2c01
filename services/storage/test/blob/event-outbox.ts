/** A publisher that keeps events in a table, in the transaction of what they tell. */
import type { Engine, Transaction } from '@aloft/engine'
import type { EventPublisher } from '@aloft/kernel'

export interface KeptEvent {
  readonly type: string
  readonly topic: string
  readonly subject: string
  /** JSON. */
  readonly data: string
}

export class EventOutbox implements EventPublisher<Transaction> {
  readonly #engine: Engine

  private constructor(engine: Engine) {
    this.#engine = engine
  }

  static async open(engine: Engine): Promise<EventOutbox> {
    await engine.database.migrate({
      service: 'outbox',
      steps: [
        'CREATE TABLE outbox_event (id INTEGER PRIMARY KEY, type TEXT, topic TEXT, subject TEXT, data TEXT)',
      ],
    })
    return new EventOutbox(engine)
  }

  async publish(
    transaction: Transaction,
    events: Parameters<EventPublisher<Transaction>['publish']>[1],
  ): Promise<void> {
    for (const { type, topic, subject, data } of events) {
      await transaction.run(
        'INSERT INTO outbox_event (type, topic, subject, data) VALUES (?, ?, ?, ?)',
        type,
        topic,
        subject,
        JSON.stringify(data),
      )
      if (subject.endsWith('/refused')) throw new Error('The outbox is full')
    }
  }

  /** Oldest first. */
  events(): Promise<KeptEvent[]> {
    return this.#engine.database.read((snapshot) =>
      snapshot.all<KeptEvent>('SELECT type, topic, subject, data FROM outbox_event ORDER BY id'),
    )
  }
}
