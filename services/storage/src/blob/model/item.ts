/** A blob, snapshot or version as it is stored, and what its texts mean. */
import { etagOfTicks } from '../../protocol/timestamps.ts'
import type { Encryption } from './encryption.ts'
import type { Lease } from './lease.ts'

export type BlobType = 'BlockBlob' | 'PageBlob' | 'AppendBlob'
export type ItemKind = 'blob' | 'snapshot' | 'version' | 'deleted'
export type Metadata = Readonly<Record<string, string>>
export type Tags = Readonly<Record<string, string>>

/** A row of `storage_blob_item`. */
export interface Item {
  readonly container: number
  /** 0 for the blob itself, 1 for what it was. */
  readonly past: number
  readonly name: string
  /** The tick that names a snapshot or version; 0 for the blob itself. */
  readonly moment: number
  readonly kind: ItemKind
  readonly type: BlobType
  /** A tick: the ETag and the time of the last change. */
  readonly etag: number
  /** Milliseconds since 1970. */
  readonly created: number
  /** Its version's tick, when it has one. */
  readonly version: number | null
  readonly length: number
  readonly store: 'none' | 'inline' | 'bytes' | 'extents'
  /** Row of `storage_blob_body`; 0 = none. */
  readonly body: number
  readonly bytes_key: string
  /** MD5 of the content in base64 as it was taken in; '' when it was put together. */
  readonly sum: string
  /** The `Content-MD5` property, which clients may set to anything. */
  readonly md5: string
  /** `HttpProperties`, `Metadata`, `Tags`, `Lease` and `ItemDetail` as JSON, or ''. */
  readonly properties: string
  readonly metadata: string
  readonly tags: string
  /** '' = the account's default. */
  readonly tier: string
  readonly lease: string
  readonly detail: string
  /** Milliseconds since 1970, when it was soft-deleted; 0 = it is there. */
  readonly deleted_at: number
  readonly purge_at: number
}

/** Headers that are kept with a blob and given back; MD5 stands by itself. */
export interface HttpProperties {
  readonly contentType?: string
  readonly contentEncoding?: string
  readonly contentLanguage?: string
  readonly contentDisposition?: string
  readonly cacheControl?: string
}

export interface CopyState {
  readonly id: string
  readonly status: 'pending' | 'success' | 'failed' | 'aborted'
  readonly source: string
  readonly done: number
  readonly total: number
  /** Milliseconds since 1970. */
  readonly completedAt?: number
  readonly description?: string
  readonly isIncremental?: true
  /** Of an incremental copy: the snapshot that it has been made of. */
  readonly origin?: { readonly container: number; readonly name: string; readonly moment: number }
  /** Of an incremental copy: the snapshot that it made. */
  readonly snapshot?: number
}

/** What few blobs have. */
export interface ItemDetail {
  readonly sequenceNumber?: number
  /** Append blobs: blocks so far. */
  readonly blockCount?: number
  readonly isSealed?: true
  readonly copy?: CopyState
  /** Milliseconds since 1970. */
  readonly tierChangedAt?: number
  readonly rehydrate?: { readonly tier: string; readonly priority: string; readonly at: number }
  readonly immutability?: { readonly until: number; readonly mode: 'unlocked' | 'locked' }
  readonly hasLegalHold?: true
  readonly encryption?: Encryption
}

const nothing = Object.freeze({})

function parsed<T>(text: string): T {
  return text === '' ? (nothing as T) : (JSON.parse(text) as T)
}

/** The inverse of what the functions below read. */
export function toText(value: object | undefined): string {
  if (value === undefined) return ''
  for (const _ in value) return JSON.stringify(value)
  return ''
}

export function propertiesOf(item: Item): HttpProperties {
  return parsed(item.properties)
}

export function metadataOf(item: { readonly metadata: string }): Metadata {
  return parsed(item.metadata)
}

export function tagsOf(item: Item): Tags {
  return parsed(item.tags)
}

export function detailOf(item: Item): ItemDetail {
  return parsed(item.detail)
}

export function leaseOf(item: { readonly lease: string }): Lease | undefined {
  return item.lease === '' ? undefined : (JSON.parse(item.lease) as Lease)
}

/** The tier in force: a rehydration that is over has changed it. `''` = the default. */
export function tierOf(item: Item, now: number): string {
  if (item.tier !== 'Archive') return item.tier
  const { rehydrate } = detailOf(item)
  return rehydrate && rehydrate.at <= now ? rehydrate.tier : item.tier
}

/** When it was given its tier, milliseconds since 1970; undefined = never, it has the default. */
export function tierChangedAtOf(item: Item): number | undefined {
  return detailOf(item).tierChangedAt ?? (item.tier === '' ? undefined : item.created)
}

/** With quotes, as clients compare it. */
export function etagOf(item: Item): string {
  return etagOfTicks(item.etag)
}
