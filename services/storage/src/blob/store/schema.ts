import type { Migration } from '@aloft/engine'

/**
 * The tables of the Blob service.
 *
 * `container`: `gone` is 0 while it is there, else its own id, and its name is free again. Then `deleted_at` says
 * when it was soft-deleted; 0 = it is to be emptied.
 *
 * `item`: a row for each blob (`past` 0, `moment` 0), snapshot, version and soft-deleted blob (`past` 1, `moment` its
 * tick). The key is the order of listings. Where the content stands is in `store`: 'none', 'inline' (bytes in
 * `body`), 'bytes' (engine bytes under `bytes_key`), 'extents' (rows of `extent`). `body` also holds the list of
 * committed blocks. JSON texts are '' for nothing.
 *
 * `staging` and `staged`: uncommitted blobs and their blocks, all encrypted alike (`Encryption` as JSON). `tag`: what Find Blobs by Tags seeks in.
 * `rehydration`: blobs on their way out of the archive. `copying`: copies under way.
 */
export const blobServiceMigration: Migration = {
  service: 'storage_blob',
  steps: [
    `CREATE TABLE storage_blob_container (
      id INTEGER PRIMARY KEY,
      account TEXT NOT NULL,
      name TEXT NOT NULL,
      gone INTEGER NOT NULL,
      etag INTEGER NOT NULL,
      deleted_at INTEGER NOT NULL,
      access TEXT NOT NULL,
      metadata TEXT NOT NULL,
      policies TEXT NOT NULL,
      lease TEXT NOT NULL,
      UNIQUE (account, name, gone)
    );
    CREATE INDEX storage_blob_container_gone ON storage_blob_container (gone) WHERE gone > 0;
    CREATE TABLE storage_blob_item (
      container INTEGER NOT NULL,
      past INTEGER NOT NULL,
      name TEXT NOT NULL,
      moment INTEGER NOT NULL,
      kind TEXT NOT NULL,
      type TEXT NOT NULL,
      etag INTEGER NOT NULL,
      created INTEGER NOT NULL,
      version INTEGER,
      length INTEGER NOT NULL,
      store TEXT NOT NULL,
      body INTEGER NOT NULL,
      bytes_key TEXT NOT NULL,
      sum TEXT NOT NULL,
      md5 TEXT NOT NULL,
      properties TEXT NOT NULL,
      metadata TEXT NOT NULL,
      tags TEXT NOT NULL,
      tier TEXT NOT NULL,
      lease TEXT NOT NULL,
      detail TEXT NOT NULL,
      deleted_at INTEGER NOT NULL,
      purge_at INTEGER NOT NULL,
      PRIMARY KEY (container, past, name, moment)
    ) WITHOUT ROWID;
    CREATE INDEX storage_blob_item_purge ON storage_blob_item (purge_at) WHERE purge_at > 0;
    CREATE TABLE storage_blob_body (
      id INTEGER PRIMARY KEY,
      bytes BLOB
    );
    CREATE TABLE storage_blob_extent (
      body INTEGER NOT NULL,
      start INTEGER NOT NULL,
      length INTEGER NOT NULL,
      bytes_key TEXT NOT NULL,
      skip INTEGER NOT NULL,
      sum TEXT NOT NULL,
      PRIMARY KEY (body, start)
    ) WITHOUT ROWID;
    CREATE TABLE storage_blob_staging (
      container INTEGER NOT NULL,
      name TEXT NOT NULL,
      id_length INTEGER NOT NULL,
      count INTEGER NOT NULL,
      touched_at INTEGER NOT NULL,
      PRIMARY KEY (container, name)
    ) WITHOUT ROWID;
    CREATE INDEX storage_blob_staging_touched ON storage_blob_staging (touched_at);
    CREATE TABLE storage_blob_staged (
      container INTEGER NOT NULL,
      name TEXT NOT NULL,
      id TEXT NOT NULL,
      length INTEGER NOT NULL,
      bytes_key TEXT NOT NULL,
      sum TEXT NOT NULL,
      PRIMARY KEY (container, name, id)
    ) WITHOUT ROWID;
    CREATE TABLE storage_blob_tag (
      account TEXT NOT NULL,
      key TEXT NOT NULL,
      value TEXT NOT NULL,
      container INTEGER NOT NULL,
      name TEXT NOT NULL,
      PRIMARY KEY (account, key, value, container, name)
    ) WITHOUT ROWID;
    CREATE TABLE storage_blob_rehydration (
      container INTEGER NOT NULL,
      name TEXT NOT NULL,
      at INTEGER NOT NULL,
      PRIMARY KEY (container, name)
    ) WITHOUT ROWID;
    CREATE INDEX storage_blob_rehydration_at ON storage_blob_rehydration (at);
    CREATE TABLE storage_blob_copying (
      id TEXT PRIMARY KEY,
      container INTEGER NOT NULL,
      name TEXT NOT NULL,
      source TEXT NOT NULL
    ) WITHOUT ROWID`,
    `ALTER TABLE storage_blob_staging ADD COLUMN encryption TEXT NOT NULL DEFAULT ''`,
    `ALTER TABLE storage_blob_container ADD COLUMN encryption TEXT NOT NULL DEFAULT ''`,
  ],
}
