import type { Migration } from '../../contracts.ts'

/**
 * One row for each key that is kept or composed. kind 0: the bytes stand in the row. kind 1: in a file. kind 2: in
 * other rows, its parts.
 *
 * refs above 0: kept so many times. refs 0: composed and not kept yet. refs below 0: released; the row stays until
 * its file is gone, so that a crash in between leaves a trace of it.
 */
export const blobMigration: Migration = {
  service: 'blob',
  steps: [
    `CREATE TABLE blob (
      id INTEGER PRIMARY KEY,
      key TEXT NOT NULL UNIQUE,
      refs INTEGER NOT NULL,
      kind INTEGER NOT NULL,
      length INTEGER NOT NULL,
      created_at INTEGER NOT NULL,
      bytes BLOB
    );
    CREATE INDEX blob_unreferenced ON blob (created_at) WHERE refs <= 0;
    CREATE TABLE blob_part (
      blob INTEGER NOT NULL,
      start INTEGER NOT NULL,
      part INTEGER NOT NULL,
      PRIMARY KEY (blob, start)
    ) WITHOUT ROWID`,
  ],
}

export const inRow = 0
export const inFile = 1
export const inParts = 2
