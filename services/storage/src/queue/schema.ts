import type { Migration } from '@aloft/engine'

/**
 * Queues by account and name. The messages of one are in the engine's queue of its generation, so that a queue which
 * is deleted and made anew has nothing of the old one. Metadata and policies are JSON.
 */
export const queueMigration: Migration = {
  service: 'storage_queue',
  steps: [
    `CREATE TABLE storage_queue (
      account TEXT NOT NULL,
      name TEXT NOT NULL,
      generation TEXT NOT NULL,
      metadata TEXT NOT NULL,
      policies TEXT NOT NULL,
      PRIMARY KEY (account, name)
    );`,
  ],
}
