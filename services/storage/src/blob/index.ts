/** The Blob service of Azure Storage: `await blobService(context)`. See README.md. */
import { ensureError } from '@aloft/kernel'
import type { ServiceContext, ServiceRoom } from '../contracts.ts'
import { TickSource, ticksOf } from '../protocol/timestamps.ts'
import { type BlobStore, blobStore } from './blob-store.ts'
import { ChangeFeeds } from './change-feed/feed-writer.ts'
import { CopyJobs } from './operations/copy-jobs.ts'
import { blobProtocol } from './protocol.ts'
import { blobChangesLog } from './store/changes.ts'
import type { BlobContext, BlobSettings } from './store/context.ts'
import {
  emptyContainers,
  type MaintenanceOptions,
  type MaintenanceReport,
  maintain,
} from './store/maintenance.ts'
import { blobServiceMigration } from './store/schema.ts'

export type { BlobStore, LoggedChange } from './blob-store.ts'
export { etagOf, type Item, metadataOf, propertiesOf } from './model/item.ts'
export type { Lease } from './model/lease.ts'
export { checkContainerName } from './model/names.ts'
export { type BlobChange, blobChangesLog, type ChangeKind, isChangeOfContent } from './store/changes.ts'
export type { BlobCheck, BlobDamage, CheckOptions } from './store/check-blobs.ts'
export type { Content } from './store/content.ts'
export type { AccessOptions, BlobAddress, WriteOptions } from './store/context.ts'
export type { MaintenanceOptions, MaintenanceReport } from './store/maintenance.ts'
export type { OpenedBlob, ReadOptions } from './store/read-blob.ts'

/** What is not part of the service's properties: Azure keeps it in the resource manager. */
export interface BlobServiceOptions {
  /** Whether the account keeps versions. @default none does */
  readonly hasVersions?: (account: string) => boolean
  /** Days for which deleted containers can be brought back. @default they are gone at once */
  readonly containerSoftDeleteDays?: (account: string) => number | undefined
  /** Where clients reach an account's blobs. @default the development address */
  readonly endpoint?: (account: string) => string
  /** Resource id of an account, for events. */
  readonly resourceId?: (account: string) => string
  /** Whether accounts write their changes to `$blobchangefeed`. @default false */
  readonly hasChangeFeeds?: boolean
  /** How long it takes to come out of the archive. @default 5 and 1 seconds, for Azure's hours */
  readonly rehydrateMs?: BlobContext['rehydrateMs']
}

export interface BlobService extends ServiceRoom<BlobStore> {
  /** What time makes of blobs: expired blocks, soft-deleted blobs, old changes. To be called every now and then. */
  maintain(options?: MaintenanceOptions): Promise<MaintenanceReport>
  removeAccount(account: string): Promise<void>
  close(): Promise<void>
}

/** Makes the service's tables and takes up what an earlier run left unfinished. */
export async function blobService(
  context: ServiceContext,
  options: BlobServiceOptions = {},
): Promise<BlobService> {
  await context.engine.database.migrate(blobServiceMigration)
  const emptying = new Emptying()
  const plain = contextOf(context, options, () => emptying.start(() => emptyContainers(own)))
  const changeFeeds = options.hasChangeFeeds ? new ChangeFeeds(plain) : undefined
  const own: BlobContext = { ...plain, changeFeeds }
  emptying.onFailure = (error) => context.log.error('Deleted containers could not be emptied', error)
  await resumeTicks(own)
  const jobs = new CopyJobs(own)
  await jobs.resume()
  await changeFeeds?.open()
  own.containerGone()
  return {
    protocol: blobProtocol(own, jobs),
    store: blobStore(own),
    maintain: async (asked) => {
      await changeFeeds?.flush()
      return maintain(own, asked)
    },
    removeAccount: (account) => removeAccount(own, account),
    close: async () => {
      await jobs.close()
      await changeFeeds?.close()
      await emptying.finish()
    },
  }
}

function contextOf(
  { engine, clock, log, events, properties }: ServiceContext,
  options: BlobServiceOptions,
  containerGone: () => void,
): BlobContext {
  const settings = (account: string): BlobSettings => {
    const { deleteRetention, staticWebsite } = properties(account)
    const { isEnabled, days } = deleteRetention
    return {
      softDeleteDays: isEnabled ? (days ?? 7) : undefined,
      website: staticWebsite,
      containerSoftDeleteDays: options.containerSoftDeleteDays?.(account),
      hasVersions: options.hasVersions?.(account) ?? false,
    }
  }
  return {
    engine,
    clock,
    log,
    events,
    settings,
    containerGone,
    ticks: new TickSource(clock),
    endpoint: options.endpoint ?? ((account) => `http://127.0.0.1:10000/${account}`),
    resourceId: options.resourceId ?? defaultResourceId,
    rehydrateMs: options.rehydrateMs ?? { Standard: 5000, High: 1000 },
  }
}

/** Ticks go on ascending when the clock has gone back since the last run. */
async function resumeTicks({ engine, ticks }: BlobContext): Promise<void> {
  const { database, logs } = engine
  const lasts = await database.read(async (snapshot) => {
    const sql = 'SELECT DISTINCT account FROM storage_blob_container'
    const accounts = await snapshot.all<{ account: string }>(sql)
    return Promise.all(
      accounts.map(async ({ account }) => {
        const { next } = await logs.bounds(snapshot, blobChangesLog(account), 0)
        const [last] = await logs.read(snapshot, blobChangesLog(account), 0, next - 1, 1)
        return last?.appendedAt ?? 0
      }),
    )
  })
  if (lasts.length > 0) ticks.next(ticksOf(Math.max(...lasts) + 1))
}

function defaultResourceId(account: string): string {
  return `/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/local/providers/Microsoft.Storage/storageAccounts/${account}`
}

async function removeAccount(context: BlobContext, account: string): Promise<void> {
  await context.engine.database.write(async (transaction) => {
    await transaction.run(
      'UPDATE storage_blob_container SET gone = id, deleted_at = 0 WHERE account = ?',
      account,
    )
    await context.engine.logs.remove(transaction, blobChangesLog(account))
  })
  context.containerGone()
}

/** Empties containers in the background, one run at a time; a call during a run makes another one follow. */
class Emptying {
  onFailure: (error: Error) => void = () => {}
  #running: Promise<void> | undefined
  #isAsked = false

  start(work: () => Promise<unknown>): void {
    this.#isAsked = true
    this.#running ??= this.#run(work)
  }

  async finish(): Promise<void> {
    await this.#running
  }

  async #run(work: () => Promise<unknown>): Promise<void> {
    try {
      while (this.#isAsked) {
        this.#isAsked = false
        await work()
      }
    } catch (error) {
      this.onFailure(ensureError(error))
    }
    this.#running = undefined
  }
}
