/** The answer to List Queues (REST reference, "List Queues1"). */
import { escapeXml, xmlElement } from '../protocol/xml.ts'
import type { ListedQueue, QueuePage } from './queue-catalog.ts'

export interface ListRequest {
  readonly endpoint: string
  readonly prefix: string | undefined
  readonly marker: string | undefined
  readonly maxResults: number | undefined
  readonly includesMetadata: boolean
}

export function renderQueueList(request: ListRequest, { queues, next }: QueuePage): string {
  const { endpoint, prefix, marker, maxResults, includesMetadata } = request
  const head =
    xmlElement('Prefix', prefix) + xmlElement('Marker', marker) + xmlElement('MaxResults', maxResults)
  const list = queues.map((queue) => renderQueue(queue, includesMetadata)).join('')
  const tail = next === undefined ? '<NextMarker />' : `<NextMarker>${next}</NextMarker>`
  return `<?xml version="1.0" encoding="utf-8"?><EnumerationResults ServiceEndpoint="${escapeXml(endpoint)}/">${head}<Queues>${list}</Queues>${tail}</EnumerationResults>`
}

function renderQueue({ name, metadata }: ListedQueue, includesMetadata: ListRequest['includesMetadata']) {
  const entries = includesMetadata ? Object.entries(metadata) : []
  const elements = entries.map(([key, value]) => xmlElement(key, value)).join('')
  return `<Queue><Name>${name}</Name>${elements && `<Metadata>${elements}</Metadata>`}</Queue>`
}
