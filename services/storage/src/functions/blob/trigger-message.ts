/** Messages of the queue between finding blobs and running functions, as the official host writes them. */
import type { BlobNotice } from './blob-access.ts'

export interface BlobTriggerMessage {
  /** `Host.Functions.<name>`. */
  readonly functionId: string
  readonly type: BlobNotice['type']
  readonly container: string
  readonly blob: string
  /** With quotes. */
  readonly etag: string
}

export function renderMessage(message: BlobTriggerMessage): string {
  return JSON.stringify({ Type: 'BlobTrigger', ...membersOf(message) })
}

/** What goes to `webjobs-blobtrigger-poison`. */
export function renderPoison(message: BlobTriggerMessage): string {
  return JSON.stringify(membersOf(message))
}

function membersOf({ functionId, type, container, blob, etag }: BlobTriggerMessage) {
  return { FunctionId: functionId, BlobType: type, ContainerName: container, BlobName: blob, ETag: etag }
}

/** Undefined for what is no such message. */
export function parseMessage(text: string): BlobTriggerMessage | undefined {
  const value = parseObject(text)
  const { FunctionId, BlobType = 'BlockBlob', ContainerName, BlobName, ETag } = value
  const members = [FunctionId, BlobType, ContainerName, BlobName, ETag]
  if (!members.every((member) => typeof member === 'string')) return undefined
  const [functionId, type, container, blob, etag] = members as [
    string,
    BlobNotice['type'],
    string,
    string,
    string,
  ]
  return { functionId, type, container, blob, etag }
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

export function functionIdOf(functionName: string): string {
  return `Host.Functions.${functionName}`
}
