/** Blobs of an account elsewhere, through the official SDK; containers are looked through every ten seconds. */

import { type Clock, sleepOn } from '@aloft/kernel'
import type {
  BlobProperties,
  BlobServiceClient,
  ContainerListBlobFlatSegmentResponse,
} from '@azure/storage-blob'
import type { RemoteConnection } from '../connections.ts'
import type { BlobAccess, BlobFacts, BlobFeed, BlobNotice } from './blob-access.ts'

/** The SDK is loaded by the first use. */
export function remoteBlobs(connection: RemoteConnection, clock: Clock): BlobAccess {
  let connecting: Promise<BlobServiceClient> | undefined
  const service = () => {
    connecting ??= connect(connection)
    return connecting
  }
  const blobOf = async (container: string, blob: string) =>
    (await service()).getContainerClient(container).getBlockBlobClient(blob)
  return {
    isEmbedded: false,
    find: (container, blob) =>
      unlessMissing(async () => {
        const client = await blobOf(container, blob)
        const found = await client.getProperties()
        return {
          container,
          name: blob,
          etag: found.etag ?? '',
          url: client.url.split('?')[0]!,
          createdAt: found.createdOn?.getTime() ?? 0,
          modifiedAt: found.lastModified?.getTime() ?? 0,
          length: found.contentLength ?? 0,
          contentType: found.contentType ?? '',
          type: (found.blobType ?? 'BlockBlob') as BlobFacts['type'],
          md5: found.contentMD5 ? Buffer.from(found.contentMD5).toString('base64') : '',
          metadata: found.metadata ?? {},
        }
      }),
    read: (container, blob) => unlessMissing(async () => (await blobOf(container, blob)).downloadToBuffer()),
    async write(container, blob, content, contentType, metadata = {}) {
      const client = await blobOf(container, blob)
      const upload = () =>
        client.upload(content, content.length, {
          blobHTTPHeaders: { blobContentType: contentType },
          metadata,
        })
      try {
        await upload()
      } catch (error) {
        if (codeOf(error) !== 'ContainerNotFound') throw error
        await (await service()).getContainerClient(container).createIfNotExists()
        await upload()
      }
    },
    watch: (container, prefix, position) => new RemoteFeed(service, clock, container, prefix, position),
  }
}

async function connect(connection: RemoteConnection): Promise<BlobServiceClient> {
  const { BlobServiceClient } = await import('@azure/storage-blob')
  return connection.kind === 'identity'
    ? new BlobServiceClient(connection.url, connection.credential)
    : BlobServiceClient.fromConnectionString(connection.text)
}

const scanIntervalMs = 10_000
const pageSize = 1000
/** Times of change are whole seconds, and a list may show an older state than a change that was made before it. */
const overlapMs = 5000

type Pages = AsyncIterator<ContainerListBlobFlatSegmentResponse>

/** Lists the container again and again; a position is the time of the latest change that was seen. */
class RemoteFeed implements BlobFeed {
  readonly #service: () => Promise<BlobServiceClient>
  readonly #clock: Clock
  readonly #container: string
  readonly #prefix: string
  #pages: Pages | undefined
  /** Of the scans that are complete, and of the one that goes on; ms since 1970. */
  #latest: number
  #latestOfScan: number
  /** ETags that the last scan told of, so that the overlap does not tell of them again. */
  #told = new Set<string>()
  #toldOfScan = new Set<string>()

  constructor(
    service: () => Promise<BlobServiceClient>,
    clock: Clock,
    container: string,
    prefix: string,
    position: string,
  ) {
    this.#service = service
    this.#clock = clock
    this.#container = container
    this.#prefix = prefix
    this.#latest = Date.parse(position) || 0
    this.#latestOfScan = this.#latest
  }

  get position(): string {
    return this.#latest === 0 ? '' : new Date(this.#latest).toISOString()
  }

  async next(): Promise<readonly BlobNotice[]> {
    this.#pages ??= await this.#list()
    for (;;) {
      const page = await unlessMissing(() => this.#pages!.next())
      if (!page || page.done) {
        this.#pages = undefined
        this.#latest = this.#latestOfScan
        this.#told = this.#toldOfScan
        this.#toldOfScan = new Set()
        return []
      }
      const notices = page.value.segment.blobItems.flatMap(({ name, properties }) =>
        this.#noticeOf(name, properties),
      )
      if (notices.length > 0) return notices
    }
  }

  idle(signal: AbortSignal): Promise<void> {
    return sleepOn(this.#clock, scanIntervalMs, signal).catch(() => {})
  }

  close(): void {}

  async #list(): Promise<Pages> {
    const container = (await this.#service()).getContainerClient(this.#container)
    return container
      .listBlobsFlat(this.#prefix === '' ? {} : { prefix: this.#prefix })
      .byPage({ maxPageSize: pageSize })
  }

  #noticeOf(name: string, { etag, lastModified, blobType }: BlobProperties): BlobNotice[] {
    const modifiedAt = lastModified.getTime()
    this.#latestOfScan = Math.max(this.#latestOfScan, modifiedAt)
    if (modifiedAt < this.#latest - overlapMs) return []
    const key = `${etag} ${name}`
    this.#toldOfScan.add(key)
    if (this.#told.has(key)) return []
    // Lists give ETags without quotes.
    const quoted = etag.startsWith('"') ? etag : `"${etag}"`
    return [{ name, etag: quoted, type: (blobType ?? 'BlockBlob') as BlobNotice['type'] }]
  }
}

async function unlessMissing<Result>(action: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await action()
  } catch (error) {
    const code = codeOf(error)
    if (code === 'BlobNotFound' || code === 'ContainerNotFound') return undefined
    // An answer to HEAD has no body that tells which.
    if (error instanceof Error && 'statusCode' in error && error.statusCode === 404) return undefined
    throw error
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
