import type { Migration } from '@aloft/engine'

/** Accounts, and what belongs to an account as a whole. */
export const accountsMigration: Migration = {
  service: 'storage',
  steps: [
    `CREATE TABLE storage_accounts (
       name TEXT PRIMARY KEY,
       key1 TEXT NOT NULL,
       key2 TEXT NOT NULL,
       created_at INTEGER NOT NULL
     ) WITHOUT ROWID;
     CREATE TABLE storage_service_properties (
       account TEXT NOT NULL,
       service TEXT NOT NULL,
       properties TEXT NOT NULL,
       PRIMARY KEY (account, service)
     ) WITHOUT ROWID;`,
  ],
}
