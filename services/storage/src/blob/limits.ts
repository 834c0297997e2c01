/** Documented numbers (REST reference; "Scalability and performance targets for Blob storage"). */

const MiB = 1024 * 1024

/** Put Blob, from version 2019-12-12 on. */
export const maxPutBytes = 5000 * MiB
/** Put Block, from version 2019-12-12 on. */
export const maxBlockBytes = 4000 * MiB
/** Append Block. @param version `x-ms-version` of the request */
export function maxAppendBytes(version: string): number {
  return version < '2022-11-02' ? 4 * MiB : 100 * MiB
}
export const maxPageWriteBytes = 4 * MiB
export const pageBytes = 512
export const maxPageBlobBytes = 8 * 1024 * 1024 * MiB
export const maxCommittedBlocks = 50_000
export const maxUncommittedBlocks = 100_000
export const maxBlockIdBytes = 64
/** Copy Blob From URL. */
export const maxSyncCopyBytes = 256 * MiB
/** A range whose checksum is asked for. */
export const maxChecksumRangeBytes = 4 * MiB
export const maxListResults = 5000
/** Get Page Ranges. */
export const maxPageRangeResults = 10_000
export const maxBlobNameLength = 1024
export const maxTags = 10
export const maxTagKeyLength = 128
export const maxTagValueLength = 256
export const maxBatchBytes = 4 * MiB
export const maxBatchRequests = 256
/** Uncommitted blocks are dropped a week after the last one came. */
export const uncommittedMs = 7 * 24 * 3600 * 1000
/** Content up to this length stands in the database, beside its row. */
export const inlineBytes = 64 * 1024
