/** What a function gets from a blob (Azure documentation, "Azure Blob storage trigger for Azure Functions"). */
import type { BindingDefinition, InvocationInput, ManualInput } from '@aloft/kernel'
import type { TypedData } from '@aloft/wire'
import { isDeferred } from '../deferred.ts'
import { isoSeconds } from '../offset-time.ts'
import type { BlobFacts } from './blob-access.ts'
import { modelOf } from './blob-values.ts'

/** What is known of how a blob came. */
export interface BlobArrival {
  readonly source: 'LogsAndContainerScan' | 'EventGrid'
  readonly messageId: string
  readonly dequeueCount: number
  /** Milliseconds since 1970, when it was put into the queue. */
  readonly insertedAt: number
}

export function blobTriggerInput(
  binding: BindingDefinition,
  facts: BlobFacts,
  captures: Readonly<Record<string, string>>,
  content: Buffer | undefined,
  arrival: BlobArrival,
): InvocationInput {
  const path = `${facts.container}/${facts.name}`
  return {
    ...blobInputOf(binding, facts, captures, content),
    reason: `New blob detected(${arrival.source}): ${path}`,
    occurredAt: arrival.insertedAt,
    details: {
      MessageId: arrival.messageId,
      DequeueCount: String(arrival.dequeueCount),
      InsertionTime: isoSeconds(arrival.insertedAt, '.000'),
      BlobCreated: isoSeconds(facts.createdAt, '.000'),
      BlobLastModified: isoSeconds(facts.modifiedAt, '.000'),
    },
  }
}

/**
 * The part of it that does not depend on how the blob came. The content is always bytes, whatever `dataType` says, as
 * in the official host (https://github.com/Azure/azure-webjobs-sdk/issues/2807).
 */
export function blobInputOf(
  binding: BindingDefinition,
  facts: BlobFacts,
  captures: Readonly<Record<string, string>>,
  content: Buffer | undefined,
): ManualInput {
  const data: TypedData = isDeferred(binding)
    ? { modelBindingData: modelOf(binding, { container: facts.container, blob: facts.name }) }
    : { bytes: content ?? Buffer.alloc(0) }
  const path = `${facts.container}/${facts.name}`
  const properties = propertiesOf(facts)
  return {
    data,
    metadata: {
      BlobTrigger: { string: path },
      Uri: { json: JSON.stringify(facts.url) },
      Properties: { json: JSON.stringify(properties) },
      Metadata: { json: JSON.stringify(facts.metadata) },
      ...Object.fromEntries(Object.entries(captures).map(([name, value]) => [name, { string: value }])),
    },
    bindingData: () => ({
      BlobTrigger: path,
      Uri: facts.url,
      Properties: properties,
      Metadata: facts.metadata,
      ...captures,
    }),
  }
}

/** As .NET writes `BlobProperties`, with the names that older hosts gave to length and type beside them. */
function propertiesOf(facts: BlobFacts): Record<string, unknown> {
  return {
    LastModified: isoSeconds(facts.modifiedAt),
    CreatedOn: isoSeconds(facts.createdAt),
    BlobType: facts.type,
    ContentLength: facts.length,
    Length: facts.length,
    ContentType: facts.contentType,
    ContentHash: facts.md5,
    ContentMD5: facts.md5,
    ETag: facts.etag,
  }
}
