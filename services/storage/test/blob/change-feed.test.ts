/** Change feeds, read through the layout that Azure documents and the Avro reader of the SDK. */
import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { Logger } from '@aloft/kernel'
import type { ContainerClient } from '@azure/storage-blob'
import { blobService } from '../../src/blob/index.ts'
import { defaultServiceProperties } from '../../src/protocol/service-properties.ts'
import { arrayOf, type BlobServer, testBlobs, textOf, upload } from './blob-server.ts'

interface FeedEvent {
  readonly schemaVersion: number
  readonly topic: string
  readonly subject: string
  readonly eventType: string
  readonly eventTime: string
  readonly id: string
  readonly data: Readonly<Record<string, unknown>>
}

type Reader = new (source: unknown) => { parseObjects(): AsyncIterable<FeedEvent> }

/** Parts of the SDK that read answers of queries. */
async function sdkPart(name: string): Promise<Record<string, unknown>> {
  const at = new URL(`./internal-avro/${name}.js`, import.meta.resolve('@azure/storage-blob'))
  return (await import(at.href)) as Record<string, unknown>
}

async function eventsIn(bytes: Buffer): Promise<FeedEvent[]> {
  const { AvroReader } = (await sdkPart('AvroReader')) as { AvroReader: Reader }
  const { AvroReadableFromStream } = (await sdkPart('AvroReadableFromStream')) as {
    AvroReadableFromStream: new (stream: Readable) => unknown
  }
  const source = new AvroReadableFromStream(Readable.from([bytes], { objectMode: false }))
  return arrayOf(new AvroReader(source).parseObjects())
}

const feedOf = ({ client }: BlobServer) => client.getContainerClient('$blobchangefeed')

/** The segments in their order, with what each says of itself. */
async function segmentsOf(feed: ContainerClient) {
  const { lastConsumable } = JSON.parse(await textOf(feed, 'meta/segments.json'))
  const found = []
  for (const { name } of await arrayOf(feed.listBlobsFlat({ prefix: 'idx/segments/' }))) {
    const { begin, status, chunkFilePaths } = JSON.parse(await textOf(feed, name))
    assert.ok(begin < lastConsumable, 'readers stop before the last consumable segment')
    const events: FeedEvent[] = []
    for (const path of chunkFilePaths as string[]) {
      const prefix = path.replace('$blobchangefeed/', '')
      for (const chunk of await arrayOf(feed.listBlobsFlat({ prefix })))
        events.push(...(await eventsIn(await feed.getBlobClient(chunk.name).downloadToBuffer())))
    }
    found.push({ name, begin: begin as string, status: status as string, events })
  }
  return found
}

const told = ({ eventType, subject, data }: FeedEvent) =>
  `${eventType} ${data.api} ${subject.replace('/blobServices/default/containers/', '')}`

testBlobs(
  'a change feed tells of changes in their order',
  async (server) => {
    const { box, service, clock } = server
    await upload(box, 'a b', 'hello')
    await box.getBlobClient('a b').setMetadata({ x: '1' })
    const log = box.getAppendBlobClient('log')
    await log.create()
    await log.appendBlock('text', 4)
    await box.getBlobClient('a b').setAccessTier('Cool')
    await box.getBlobClient('a b').delete()
    await service.maintain()
    const [segment, ...others] = await segmentsOf(feedOf(server))
    assert.deepEqual(others, [])
    assert.deepEqual(segment?.events.map(told), [
      'BlobCreated PutBlob box/blobs/a b',
      'BlobPropertiesUpdated SetBlobMetadata box/blobs/a b',
      'BlobCreated PutBlob box/blobs/log',
      'BlobTierChanged SetBlobTier box/blobs/a b',
      'BlobDeleted DeleteBlob box/blobs/a b',
    ])
    const [first] = segment.events
    assert.equal(first?.schemaVersion, 3)
    assert.match(first.topic, /\/storageAccounts\/devstoreaccount1$/)
    assert.equal(first.eventTime, new Date(clock.now()).toISOString())
    assert.match(first.id, /^[0-9a-f-]{36}$/)
    const { url, requestId, sequencer, ...data } = first.data
    assert.match(String(url), /\/devstoreaccount1\/box\/a%20b$/)
    assert.match(String(requestId), /^[0-9a-f-]{36}$/)
    assert.match(String(sequencer), /^[0-9A-F]{32}$/)
    assert.deepEqual(
      [data.blobType, data.contentLength, data.contentType, data.storageDiagnostics],
      ['BlockBlob', 5, 'application/octet-stream', {}],
    )
    assert.equal(new Set(segment.events.map(({ id }) => id)).size, 5)
  },
  { hasChangeFeeds: true },
)

testBlobs(
  'a change feed has a segment for each hour, and goes on where it has ended',
  async (server) => {
    const { box, service, clock } = server
    await upload(box, 'one')
    await service.maintain()
    await upload(box, 'two')
    await service.maintain()
    await clock.advance(3_600_000)
    await upload(box, 'three')
    await service.maintain()
    await service.maintain()
    const segments = await segmentsOf(feedOf(server))
    assert.deepEqual(
      segments.map(({ status, events }) => [status, events.map(({ subject }) => subject.split('/').at(-1))]),
      [
        ['Finalized', ['one', 'two']],
        ['Publishing', ['three']],
      ],
    )
    const hour = new Date(clock.now()).toISOString().slice(0, 13)
    assert.equal(segments[1]?.begin, `${hour}:00:00.000Z`)
    assert.equal(segments[1].name, `idx/segments/${hour.replaceAll(/[-T]/g, '/')}00/meta.json`)
  },
  { hasChangeFeeds: true },
)

testBlobs(
  'each account has a feed of its own, written a second after a change',
  async (server) => {
    const others = server.otherClient.getContainerClient('theirs')
    await others.create()
    await upload(others, 'b')
    await server.clock.advance(1000)
    await server.service.maintain()
    const feed = server.otherClient.getContainerClient('$blobchangefeed')
    const [segment] = await segmentsOf(feed)
    assert.deepEqual(segment?.events.map(told), ['BlobCreated PutBlob theirs/blobs/b'])
    assert.equal(await feedOf(server).exists(), false)
  },
  { hasChangeFeeds: true },
)

testBlobs(
  'what the process could not write any more is written when it starts again',
  async (server) => {
    const { box, engine, clock } = server
    await upload(box, 'one')
    await server.service.maintain()
    await upload(box, 'two')
    await server.service.close()
    const context = { engine, clock, log: new Logger(clock, []), properties: () => defaultServiceProperties }
    const next = await blobService(context, { hasChangeFeeds: true })
    await next.maintain()
    await next.close()
    const [segment] = await segmentsOf(feedOf(server))
    assert.deepEqual(segment?.events.map(told), [
      'BlobCreated PutBlob box/blobs/one',
      'BlobCreated PutBlob box/blobs/two',
    ])
  },
  { hasChangeFeeds: true },
)

testBlobs('there is no change feed unless it is asked for', async (server) => {
  await upload(server.box, 'b')
  await server.service.maintain()
  assert.equal(await feedOf(server).exists(), false)
})
