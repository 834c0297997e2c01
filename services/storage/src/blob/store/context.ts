import type { Engine } from '@aloft/engine'
import type { Clock, Logger } from '@aloft/kernel'
import type { StaticWebsite, StorageEvents } from '../../contracts.ts'
import type { Conditions } from '../../protocol/conditions.ts'
import type { TickSource } from '../../protocol/timestamps.ts'
import type { Encryption } from '../model/encryption.ts'
import type { TagFilter } from '../model/tag-filter.ts'

/** What an account's owner has switched on for its blobs. */
export interface BlobSettings {
  /** Days for which deleted blobs can be brought back; undefined = they are gone at once. */
  readonly softDeleteDays: number | undefined
  /** The same for containers. */
  readonly containerSoftDeleteDays: number | undefined
  /** Whether what is overwritten or deleted stays as a version. */
  readonly hasVersions: boolean
  readonly website: StaticWebsite
}

/** What every verb of the store works with. */
export interface BlobContext {
  readonly engine: Engine
  readonly clock: Clock
  readonly log: Logger
  readonly ticks: TickSource
  readonly events: StorageEvents | undefined
  settings(account: string): BlobSettings
  /** Where clients reach the account's blobs, without a slash at the end. */
  endpoint(account: string): string
  /** Resource id of the account, the topic of its events. */
  resourceId(account: string): string
  /** Rehydration from the archive takes so long, by priority. */
  readonly rehydrateMs: { readonly Standard: number; readonly High: number }
  /** Told of each change after its commit; undefined = there are no change feeds. */
  readonly changeFeeds?: { note(account: string): void } | undefined
  /** Called after a commit that leaves a container to be emptied. */
  containerGone(): void
}

/** Names a blob; at most one of `snapshot` and `version`, ticks. */
export interface BlobAddress {
  readonly account: string
  readonly container: string
  readonly name: string
  readonly snapshot?: number
  readonly version?: number
}

/** On which conditions an operation happens. */
export interface AccessOptions {
  /** Lower-case UUID. */
  readonly leaseId?: string | undefined
  readonly conditions?: Conditions | undefined
  readonly ifTags?: TagFilter | undefined
  /** How the blob is said to be encrypted, or is to be. */
  readonly encryption?: Encryption | undefined
}

/** Who made a change, for events. */
export interface Origin {
  readonly requestId: string
  readonly clientRequestId?: string | undefined
}

export interface WriteOptions extends AccessOptions {
  /** The permission to create is not that to write over. */
  readonly isForNewOnly?: boolean | undefined
  readonly origin?: Origin | undefined
}
