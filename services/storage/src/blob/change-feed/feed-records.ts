/** Events of a change feed as records of Avro files. */
import { hash } from 'node:crypto'
import { avroBlock, avroHead, avroLong, avroText } from '../query/avro-encoding.ts'
import type { BlobChange } from '../store/changes.ts'

const eventTypes = [
  'BlobCreated',
  'BlobDeleted',
  'BlobPropertiesUpdated',
  'BlobTierChanged',
  'BlobAsyncOperationInitiated',
] as const
const blobTypes = ['BlockBlob', 'PageBlob', 'AppendBlob'] as const

/** One event: a change that is told of, and whose it is. */
export interface FeedEvent {
  readonly change: BlobChange
  readonly type: (typeof eventTypes)[number]
  /** Of its blob. */
  readonly url: string
  /** Resource id of the account. */
  readonly topic: string
  /** Milliseconds since 1970. */
  readonly time: number
}

const namespace = 'com.microsoft.azure.storage.blobs'
const strings = (...names: readonly string[]) => names.map((name) => ({ name, type: 'string' }))
const enumeration = (name: string, symbols: readonly string[]) => ({ type: 'enum', name, symbols })

const schema = {
  type: 'record',
  name: `${namespace}.BlobChangeEvent`,
  fields: [
    { name: 'schemaVersion', type: 'int' },
    ...strings('topic', 'subject'),
    { name: 'eventType', type: enumeration('BlobChangeEventType', eventTypes) },
    ...strings('eventTime', 'id'),
    {
      name: 'data',
      type: {
        type: 'record',
        name: `${namespace}.BlobChangeEventData`,
        fields: [
          ...strings('api', 'clientRequestId', 'requestId', 'etag', 'contentType'),
          { name: 'contentLength', type: 'long' },
          { name: 'blobType', type: enumeration('BlobType', blobTypes) },
          ...strings('url', 'sequencer'),
          { name: 'storageDiagnostics', type: { type: 'map', values: 'string' } },
        ],
      },
    },
  ],
}
const schemaVersion = 3

/** What a change is called in the feed; undefined: it is none of those that feeds have. */
export function eventTypeOf({ kind, api }: BlobChange): FeedEvent['type'] | undefined {
  switch (kind) {
    case 'created':
      return 'BlobCreated'
    case 'deleted':
      return 'BlobDeleted'
    case 'tier-changed':
      return 'BlobTierChanged'
    case 'rehydrating':
      return 'BlobAsyncOperationInitiated'
    case 'updated':
      return updates.has(api) ? 'BlobPropertiesUpdated' : undefined
  }
}

/** New content of a blob, by pages and appended blocks, is not told of. */
const updates = new Set(['SetBlobMetadata', 'SetBlobProperties', 'UndeleteBlob'])

/** What stands between the blocks of a file; those who add to it find it again. */
function syncOf(file: string): Uint8Array {
  return hash('md5', file, 'buffer')
}

/** How a file begins. */
export function encodeHead(file: string): Buffer {
  return avroHead(schema, syncOf(file))
}

/** Events at the end of a file. */
export function encodeEvents(file: string, events: readonly FeedEvent[]): Buffer {
  return avroBlock(events.length, events.flatMap(encodeEvent), syncOf(file))
}

function encodeEvent({ change, type, topic, time, url }: FeedEvent): Uint8Array[] {
  const { container, blob, api, clientRequestId = '', requestId = '' } = change
  return [
    avroLong(schemaVersion),
    avroText(topic),
    avroText(`/blobServices/default/containers/${container}/blobs/${blob}`),
    avroLong(eventTypes.indexOf(type)),
    avroText(new Date(time).toISOString()),
    avroText(idOf(change)),
    avroText(api),
    avroText(clientRequestId),
    avroText(requestId),
    avroText(change.etag.slice(1, -1)),
    avroText(change.contentType),
    avroLong(change.length),
    avroLong(blobTypes.indexOf(change.type)),
    avroText(url),
    avroText(change.sequencer),
    // A map without entries.
    avroLong(0),
  ]
}

/** The same for the same change, should it be written twice. */
function idOf({ container, blob, sequencer }: BlobChange): string {
  const digits = hash('md5', `${container}/${blob}/${sequencer}`, 'hex')
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
