import type { Migration } from '../../contracts.ts'

/**
 * Columns that change when a message is claimed stand before its content, and content above `inlineBytes` stands
 * apart: a claim rewrites the row. `version` grows with every claim, renewal and return; it is the receipt.
 *
 * state 0: in line, claimable at `visible_at`. state 1: behind an earlier message of its session. state 2: dead.
 * on_expiry 0: remove. on_expiry 1: make it dead.
 *
 * A queue's row counts its messages by state, so that counting does not mean walking over a million of them.
 */
export const queueMigration: Migration = {
  service: 'queue',
  steps: [
    `CREATE TABLE queue_name (
      id INTEGER PRIMARY KEY,
      name TEXT NOT NULL UNIQUE,
      in_line INTEGER NOT NULL,
      behind INTEGER NOT NULL,
      dead INTEGER NOT NULL
    );
    CREATE TABLE queue_counter (next_id INTEGER NOT NULL);
    INSERT INTO queue_counter (next_id) VALUES (1);
    CREATE TABLE queue_message (
      id INTEGER PRIMARY KEY,
      queue INTEGER NOT NULL,
      state INTEGER NOT NULL,
      visible_at INTEGER NOT NULL,
      version INTEGER NOT NULL,
      dequeue_count INTEGER NOT NULL,
      enqueued_at INTEGER NOT NULL,
      expires_at INTEGER,
      on_expiry INTEGER NOT NULL,
      session TEXT,
      headers TEXT NOT NULL,
      body BLOB,
      reason TEXT
    );
    CREATE INDEX queue_line ON queue_message (queue, visible_at, id, dequeue_count) WHERE state = 0;
    CREATE INDEX queue_session ON queue_message (queue, session, state, id)
      WHERE session IS NOT NULL AND state <> 2;
    CREATE INDEX queue_dead ON queue_message (queue, id) WHERE state = 2;
    CREATE INDEX queue_expiry ON queue_message (expires_at) WHERE expires_at IS NOT NULL;
    CREATE TABLE queue_body (
      id INTEGER PRIMARY KEY,
      body BLOB NOT NULL
    );
    CREATE TRIGGER queue_body_goes_with_message AFTER DELETE ON queue_message WHEN old.body IS NULL
      BEGIN DELETE FROM queue_body WHERE id = old.id; END;`,
  ],
}
