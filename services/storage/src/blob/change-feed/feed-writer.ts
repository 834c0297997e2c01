/** Writes the change feeds of accounts, from their logs of changes, in the background. */
import { ensureError } from '@aloft/kernel'
import { StorageError } from '../../protocol/storage-error.ts'
import type { Item } from '../model/item.ts'
import { metadataOf } from '../model/item.ts'
import { appendBlock } from '../store/append-blob.ts'
import { blobChangesLog, blobUrl, parseChange } from '../store/changes.ts'
import { createContainer } from '../store/containers.ts'
import type { BlobAddress, BlobContext } from '../store/context.ts'
import { findCurrent } from '../store/items.ts'
import { putBlockBlob, putEmptyBlob } from '../store/put-blob.ts'
import {
  eventsBlob,
  feedContainer,
  hourOf,
  indexBlob,
  renderIndex,
  renderSegment,
  segmentBlob,
} from './feed-layout.ts'
import { encodeEvents, encodeHead, eventTypeOf, type FeedEvent } from './feed-records.ts'

/** Changes that come within this time are written together. */
const delayMs = 1000
const changesPerStep = 1000
/** Metadata of the index: the offset of the log up to which everything is written. */
const offsetKey = 'logoffset'

/** A change may be in a feed twice when the process ends at the wrong moment, as Azure's may; none is left out. */
export class ChangeFeeds {
  readonly #context: BlobContext
  readonly #waiting = new Set<string>()
  #timer: { cancel(): void } | undefined
  #running: Promise<void> = Promise.resolve()

  constructor(context: BlobContext) {
    this.#context = context
  }

  /** Feeds begin when they are switched on; what an earlier run has left is written. */
  async open(): Promise<void> {
    const { engine } = this.#context
    const accounts = await engine.database.read((snapshot) =>
      snapshot.all<{ account: string }>('SELECT DISTINCT account FROM storage_blob_container'),
    )
    for (const { account } of accounts) {
      if ((await this.#offsetOf(account)) === undefined) await this.#begin(account)
      this.note(account)
    }
  }

  /** After the commit of a change. */
  note(account: string): void {
    this.#waiting.add(account)
    this.#timer ??= this.#context.clock.after(delayMs, () => void this.flush()).unref()
  }

  /** Resolves when all that was noted is written, or could not be. */
  flush(): Promise<void> {
    this.#timer?.cancel()
    this.#timer = undefined
    this.#running = this.#running.then(() => this.#write())
    return this.#running
  }

  /** What is still waiting is written at the next start. */
  async close(): Promise<void> {
    this.#timer?.cancel()
    await this.#running
  }

  async #write(): Promise<void> {
    for (const account of this.#waiting) {
      this.#waiting.delete(account)
      try {
        await this.#writeFeed(account)
      } catch (error) {
        this.#context.log.error(`The change feed of ${account} could not be written`, ensureError(error))
      }
    }
  }

  async #begin(account: string): Promise<void> {
    const { engine, clock } = this.#context
    const { next } = await engine.database.read((snapshot) =>
      engine.logs.bounds(snapshot, blobChangesLog(account), 0),
    )
    await this.#ensureContainer(account)
    await this.#saveIndex(account, hourOf(clock.now()), next)
  }

  async #writeFeed(account: string): Promise<void> {
    const { engine, resourceId } = this.#context
    const log = blobChangesLog(account)
    const topic = resourceId(account)
    let offset = await this.#offsetOf(account)
    for (;;) {
      const from = offset ?? 0
      const entries = await engine.database.read((snapshot) =>
        engine.logs.read(snapshot, log, 0, from, changesPerStep),
      )
      const last = entries.at(-1)
      if (!last) return
      if (offset === undefined) await this.#ensureContainer(account)
      const events = entries.flatMap((entry): FeedEvent[] => {
        const change = parseChange(entry)
        const type = eventTypeOf(change)
        const url = blobUrl(this.#context, account, change)
        return type === undefined ? [] : [{ change, type, topic, time: entry.appendedAt, url }]
      })
      const hours = Map.groupBy(events, ({ time }) => hourOf(time))
      for (const [hour, found] of hours) await this.#append(account, hour, found)
      offset = last.offset + 1
      await this.#saveIndex(account, hourOf(last.appendedAt), offset)
    }
  }

  async #append(account: string, hour: number, events: readonly FeedEvent[]): Promise<void> {
    const file = eventsBlob(hour)
    const address = addressOf(account, file)
    if (!(await this.#find(address))) {
      await this.#finalizeBefore(account)
      await putEmptyBlob(this.#context, address, 'AppendBlob', 0, {
        properties: { contentType: 'avro/binary' },
      })
      await appendBlock(this.#context, address, encodeHead(file), {})
      await this.#putJson(account, segmentBlob(hour), renderSegment(hour, 'Publishing'))
    }
    await appendBlock(this.#context, address, encodeEvents(file, events), {})
  }

  /** Nothing is added to the segment before a new one. */
  async #finalizeBefore(account: string): Promise<void> {
    const index = await this.#find(addressOf(account, indexBlob))
    const hour = index && Number(metadataOf(index).lasthour)
    if (hour === undefined || !(await this.#find(addressOf(account, segmentBlob(hour))))) return
    await this.#putJson(account, segmentBlob(hour), renderSegment(hour, 'Finalized'))
  }

  async #saveIndex(account: string, hour: number, offset: number): Promise<void> {
    const metadata = { [offsetKey]: String(offset), lasthour: String(hour) }
    await this.#putJson(account, indexBlob, renderIndex(hour), metadata)
  }

  async #offsetOf(account: string): Promise<number | undefined> {
    const index = await this.#find(addressOf(account, indexBlob))
    return index && Number(metadataOf(index)[offsetKey])
  }

  #find(address: BlobAddress): Promise<Item | undefined> {
    return this.#context.engine.database.read(async (snapshot) => {
      try {
        return (await findCurrent(snapshot, address)).item
      } catch (error) {
        if (error instanceof StorageError && error.code === 'ContainerNotFound') return undefined
        throw error
      }
    })
  }

  async #putJson(
    account: string,
    name: string,
    json: string,
    metadata?: Readonly<Record<string, string>>,
  ): Promise<void> {
    const options = { properties: { contentType: 'application/json' }, metadata }
    await putBlockBlob(this.#context, addressOf(account, name), Buffer.from(json), options)
  }

  async #ensureContainer(account: string): Promise<void> {
    try {
      await createContainer(this.#context, { account, container: feedContainer }, {})
    } catch (error) {
      if (!(error instanceof StorageError) || error.code !== 'ContainerAlreadyExists') throw error
    }
  }
}

function addressOf(account: string, name: string): BlobAddress {
  return { account, container: feedContainer, name }
}
