import type { Migration } from '@aloft/engine'

/**
 * `partition` is the hub's id times `partitionsPerHub` plus the index of the partition. A message that is not to wait
 * has `due_at` 0. `active` marks what a start of the hub must take up: orchestrations that have yet to begin or have
 * activities under way; all else is roused by a message.
 */
export const durableMigration: Migration = {
  service: 'durable',
  steps: [
    `CREATE TABLE durable_hub (
      id INTEGER PRIMARY KEY,
      name TEXT NOT NULL UNIQUE COLLATE NOCASE,
      partitions INTEGER NOT NULL,
      opening INTEGER NOT NULL
    );
    CREATE TABLE durable_instance (
      seq INTEGER PRIMARY KEY,
      hub INTEGER NOT NULL,
      partition INTEGER NOT NULL,
      id TEXT NOT NULL,
      execution_id TEXT NOT NULL,
      name TEXT NOT NULL,
      version TEXT,
      status INTEGER NOT NULL,
      turns INTEGER NOT NULL,
      active INTEGER NOT NULL,
      generation INTEGER NOT NULL,
      created_at INTEGER NOT NULL,
      updated_at INTEGER NOT NULL,
      completed_at INTEGER,
      parent_id TEXT,
      origin TEXT,
      lock TEXT,
      custom_status TEXT,
      failure TEXT,
      input TEXT,
      output TEXT
    );
    CREATE UNIQUE INDEX durable_instance_id ON durable_instance (hub, id);
    CREATE INDEX durable_instance_active ON durable_instance (partition, seq) WHERE active = 1;
    CREATE INDEX durable_instance_status ON durable_instance (hub, status);
    CREATE INDEX durable_instance_completed ON durable_instance (hub, completed_at) WHERE completed_at IS NOT NULL;
    CREATE INDEX durable_instance_parent ON durable_instance (hub, parent_id) WHERE parent_id IS NOT NULL;
    CREATE TABLE durable_turn (
      instance INTEGER NOT NULL,
      turn INTEGER NOT NULL,
      events TEXT NOT NULL,
      PRIMARY KEY (instance, turn)
    ) WITHOUT ROWID;
    CREATE TABLE durable_message (
      partition INTEGER NOT NULL,
      target TEXT NOT NULL,
      seq INTEGER NOT NULL,
      due_at INTEGER NOT NULL,
      body TEXT NOT NULL,
      PRIMARY KEY (partition, target, seq)
    ) WITHOUT ROWID;
    CREATE INDEX durable_message_due ON durable_message (partition, due_at);
    CREATE TABLE durable_payload (
      instance INTEGER NOT NULL,
      part TEXT NOT NULL,
      body TEXT NOT NULL,
      PRIMARY KEY (instance, part)
    );
    CREATE TABLE durable_dead_letter (
      id INTEGER PRIMARY KEY,
      hub INTEGER NOT NULL,
      instance_id TEXT NOT NULL,
      name TEXT NOT NULL,
      kind TEXT NOT NULL,
      reason TEXT NOT NULL,
      attempts INTEGER NOT NULL,
      messages TEXT NOT NULL,
      at INTEGER NOT NULL
    );
    CREATE INDEX durable_dead_letter_hub ON durable_dead_letter (hub);`,
  ],
}

/** The most partitions that a hub can have. */
export const partitionsPerHub = 1024
