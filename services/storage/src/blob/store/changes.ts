/** Telling of changes, in their transaction: to the log that blob triggers read, and to Event Grid. */
import type { Engine, LogEntry, Transaction } from '@aloft/engine'
import { etagOfTicks } from '../../protocol/timestamps.ts'
import { type BlobType, type Item, propertiesOf } from '../model/item.ts'
import type { BlobAddress, BlobContext, Origin } from './context.ts'

export type ChangeKind = 'created' | 'updated' | 'deleted' | 'tier-changed' | 'rehydrating'

/** One entry of the log `blob-changes:<account>`, partition 0; its body is this as JSON. */
export interface BlobChange {
  readonly kind: ChangeKind
  /** The operation, e.g. `PutBlob`. */
  readonly api: string
  readonly container: string
  readonly blob: string
  /** With quotes. */
  readonly etag: string
  readonly length: number
  readonly type: BlobType
  readonly contentType: string
  /** Hexadecimal of fixed width; grows with each change. */
  readonly sequencer: string
  /** For change feeds, where there are any. */
  readonly requestId?: string | undefined
  readonly clientRequestId?: string | undefined
}

export function blobChangesLog(account: string): string {
  return `blob-changes:${account}`
}

export function parseChange(entry: LogEntry): BlobChange {
  return JSON.parse(Buffer.from(entry.body).toString()) as BlobChange
}

/** System containers never tell. */
const silent = new Set(['$logs', '$blobchangefeed'])

const eventTypes: Partial<Record<ChangeKind, string>> = {
  created: 'Microsoft.Storage.BlobCreated',
  deleted: 'Microsoft.Storage.BlobDeleted',
  'tier-changed': 'Microsoft.Storage.BlobTierChanged',
  rehydrating: 'Microsoft.Storage.AsyncOperationInitiated',
}

/** Whether there is content that was not there before, or another. */
export function isChangeOfContent(kind: ChangeKind): boolean {
  return kind === 'created' || kind === 'updated'
}

/** To be called within the transaction of the change. */
export async function announce(
  context: BlobContext,
  transaction: Transaction,
  { account, container }: Pick<BlobAddress, 'account' | 'container'>,
  kind: ChangeKind,
  api: string,
  item: Item,
  origin: Origin | undefined,
): Promise<void> {
  if (silent.has(container)) return
  const etag = etagOfTicks(item.etag)
  const change: BlobChange = {
    kind,
    api,
    container,
    blob: item.name,
    etag,
    length: item.length,
    type: item.type,
    contentType: propertiesOf(item).contentType ?? '',
    sequencer: sequencerOf(etagOfTicks(context.ticks.next(item.etag))),
    ...(context.changeFeeds && origin),
  }
  await append(context.engine, transaction, account, change)
  const { changeFeeds } = context
  if (changeFeeds) transaction.afterCommit(() => changeFeeds.note(account))
  if (context.events) await publish(context, transaction, account, change, origin)
}

async function append(
  engine: Engine,
  transaction: Transaction,
  account: string,
  change: BlobChange,
): Promise<void> {
  const entry = { body: Buffer.from(JSON.stringify(change)) }
  await engine.logs.append(transaction, blobChangesLog(account), 0, [entry])
}

/** https://learn.microsoft.com/azure/event-grid/event-schema-blob-storage */
function publish(
  context: BlobContext,
  transaction: Transaction,
  account: string,
  change: BlobChange,
  origin: Origin | undefined,
): void | Promise<void> {
  const type = eventTypes[change.kind]
  if (type === undefined) return
  const { container, blob, kind } = change
  const data = {
    api: change.api,
    clientRequestId: origin?.clientRequestId,
    requestId: origin?.requestId,
    ...(kind !== 'deleted' && { eTag: change.etag.slice(1, -1) }),
    contentType: change.contentType,
    ...(kind !== 'deleted' && { contentLength: change.length }),
    blobType: change.type,
    url: blobUrl(context, account, change),
    sequencer: change.sequencer,
    storageDiagnostics: { batchId: origin?.requestId },
  }
  const subject = `/blobServices/default/containers/${container}/blobs/${blob}`
  return context.events?.publish(transaction, [
    { type, topic: context.resourceId(account), subject, dataVersion: '', data },
  ])
}

/** Where clients find the blob of a change. */
export function blobUrl(
  context: Pick<BlobContext, 'endpoint'>,
  account: string,
  { container, blob }: Pick<BlobChange, 'container' | 'blob'>,
): string {
  return `${context.endpoint(account)}/${container}/${blob.split('/').map(encodeURIComponent).join('/')}`
}

/** The digits of an ETag, which ascend, in fixed width. */
function sequencerOf(etag: string): string {
  return etag.slice(3, -1).padStart(32, '0')
}
