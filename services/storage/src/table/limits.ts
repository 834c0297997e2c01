/** Documented numbers of the Table service (REST reference, "Understanding the Table service data model"). */

export const maxBodyBytes = 4 * 1024 * 1024
export const maxEntityBytes = 1024 * 1024
/** Properties of the user's own, beside PartitionKey, RowKey and Timestamp. */
export const maxProperties = 252
export const maxPropertyNameLength = 255
/** UTF-16 units. */
export const maxStringLength = 32 * 1024
export const maxBinaryBytes = 64 * 1024
/** UTF-16 units: 1 KiB. */
export const maxKeyLength = 512
export const maxPageRows = 1000
export const maxPageBytes = 4 * 1024 * 1024
/** A page ends when its query has run for so long, with what it has found. */
export const maxPageMs = 5000
export const maxBatchChanges = 100
