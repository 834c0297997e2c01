/** Blobs of this process: pushed, never polled. */
import {
  type BlobAddress,
  type BlobStore,
  etagOf,
  type Item,
  isChangeOfContent,
  metadataOf,
  propertiesOf,
} from '../../blob/index.ts'
import { StorageError } from '../../protocol/storage-error.ts'
import { timeOfTicks } from '../../protocol/timestamps.ts'
import type { BlobAccess, BlobFacts, BlobFeed, BlobNotice } from './blob-access.ts'

/** @param endpoint where the account's blobs are, for their URLs */
export function embeddedBlobs(store: BlobStore, account: string, endpoint: () => string): BlobAccess {
  const address = (container: string, name: string): BlobAddress => ({ account, container, name })
  return {
    isEmbedded: true,
    find: (container, blob) =>
      unlessMissing(async () => {
        const item = await store.getProperties(address(container, blob))
        return factsOf(item, container, endpoint())
      }),
    read: (container, blob) =>
      unlessMissing(async () => {
        const { content } = await store.open(address(container, blob))
        return content instanceof Uint8Array ? asBuffer(content) : collect(content)
      }),
    async write(container, blob, content, contentType, metadata) {
      const upload = () =>
        store.upload(address(container, blob), content, { properties: { contentType }, metadata })
      try {
        await upload()
      } catch (error) {
        if (!isRefusal(error, 'ContainerNotFound')) throw error
        await store.createContainer({ account, container }).catch((refusal: unknown) => {
          if (!isRefusal(refusal, 'ContainerAlreadyExists')) throw refusal
        })
        await upload()
      }
    },
    watch: (container, prefix, position) => new EmbeddedFeed(store, account, container, prefix, position),
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

async function collect(content: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  for await (const piece of content) pieces.push(piece)
  return Buffer.concat(pieces)
}

function factsOf(item: Item, container: string, endpoint: string): BlobFacts {
  const path = item.name.split('/').map(encodeURIComponent).join('/')
  return {
    container,
    name: item.name,
    etag: etagOf(item),
    url: `${endpoint}/${container}/${path}`,
    createdAt: item.created,
    modifiedAt: timeOfTicks(item.etag),
    length: item.length,
    contentType: propertiesOf(item).contentType ?? 'application/octet-stream',
    type: item.type,
    md5: item.md5,
    metadata: metadataOf(item),
  }
}

const pageSize = 1000

/** First the blobs that are there, then the account's log of changes; a position is a place in that log. */
class EmbeddedFeed implements BlobFeed {
  readonly #store: BlobStore
  readonly #account: string
  readonly #container: string
  readonly #prefix: string
  readonly #stopListening: () => void
  /** Undefined until the log is followed. */
  #offset: number | undefined
  #scan: { readonly logEnd: number; readonly after: Parameters<BlobStore['list']>[1]['after'] } | undefined
  #isWoken = false
  #wake: () => void = nothing

  constructor(store: BlobStore, account: string, container: string, prefix: string, position: string) {
    this.#store = store
    this.#account = account
    this.#container = container
    this.#prefix = prefix
    this.#offset = /^\d+$/.test(position) ? Number(position) : undefined
    this.#stopListening = store.listen(account, () => {
      this.#isWoken = true
      this.#wake()
    })
  }

  get position(): string {
    return this.#offset === undefined ? '' : String(this.#offset)
  }

  async next(): Promise<readonly BlobNotice[]> {
    for (;;) {
      this.#isWoken = false
      const notices = this.#offset === undefined ? await this.#scanned() : await this.#changed(this.#offset)
      if (notices) return notices
    }
  }

  async idle(signal: AbortSignal): Promise<void> {
    if (this.#isWoken || signal.aborted) return
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#wake = resolve
    const onAbort = () => resolve()
    signal.addEventListener('abort', onAbort, { once: true })
    await promise
    signal.removeEventListener('abort', onAbort)
    this.#wake = nothing
  }

  close(): void {
    this.#stopListening()
    this.#wake()
  }

  /** A page of blobs; undefined when it held none that matter, and there may be more. */
  async #scanned(): Promise<readonly BlobNotice[] | undefined> {
    this.#scan ??= { logEnd: (await this.#store.changes(this.#account, 0, 0)).next, after: undefined }
    const { logEnd, after } = this.#scan
    const page = await unlessMissing(() =>
      this.#store.list(
        { account: this.#account, container: this.#container },
        { prefix: this.#prefix, delimiter: undefined, limit: pageSize, after, include: new Set() },
      ),
    )
    if (page?.next) this.#scan = { logEnd, after: page.next }
    else {
      this.#scan = undefined
      this.#offset = logEnd
    }
    const notices = (page?.entries ?? []).flatMap((entry) =>
      entry.kind === 'item'
        ? [{ name: entry.item.name, etag: etagOf(entry.item), type: entry.item.type }]
        : [],
    )
    return notices.length > 0 ? notices : undefined
  }

  /** The next changes; undefined when there are more, but none of these matters. */
  async #changed(offset: number): Promise<readonly BlobNotice[] | undefined> {
    const { changes, first, next } = await this.#store.changes(this.#account, offset, pageSize)
    if (first > offset || offset > next) {
      // What happened meanwhile has been forgotten: look at everything.
      this.#offset = undefined
      return undefined
    }
    const last = changes.at(-1)
    if (!last) return []
    this.#offset = last.offset + 1
    const notices = changes.filter(
      (change) =>
        change.container === this.#container &&
        change.blob.startsWith(this.#prefix) &&
        isChangeOfContent(change.kind),
    )
    return notices.length > 0
      ? notices.map(({ blob, etag, type }) => ({ name: blob, etag, type }))
      : undefined
  }
}

async function unlessMissing<Result>(action: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await action()
  } catch (error) {
    if (isRefusal(error, 'BlobNotFound') || isRefusal(error, 'ContainerNotFound')) return undefined
    throw error
  }
}

function isRefusal(error: unknown, code: string): boolean {
  return error instanceof StorageError && error.code === code
}

function nothing(): void {}
