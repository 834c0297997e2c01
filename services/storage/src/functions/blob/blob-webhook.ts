/**
 * `/runtime/webhooks/blobs?functionName=Host.Functions.<name>`: Event Grid tells here of blobs (Azure documentation,
 * "Azure Blob storage trigger for Azure Functions").
 */
import {
  type AppContext,
  readJson,
  sendEmpty,
  sendJson,
  sendText,
  type WebhookExtension,
} from '@aloft/kernel'
import type { BlobNotice } from './blob-access.ts'
import type { BlobListener } from './blob-listener.ts'

const maxBodyBytes = 1024 * 1024
const created = 'Microsoft.Storage.BlobCreated'

export function blobWebhook(
  listenerOf: (app: AppContext, functionId: string) => BlobListener | undefined,
): WebhookExtension {
  return {
    names: ['blobs'],
    async handle({ request, response, query }, app) {
      const parameters = new URLSearchParams(query)
      const functionId = parameters.get('functionName') ?? ''
      const listener = listenerOf(app, functionId)
      if (!listener) return sendText(response, 404, `There is no blob trigger '${functionId}'.`)
      // CloudEvents ask with OPTIONS whether events may come.
      if (request.method === 'OPTIONS') {
        const origin = String(request.headers['webhook-request-origin'] ?? '*')
        return sendEmpty(response, 200, { 'WebHook-Allowed-Origin': origin, 'WebHook-Allowed-Rate': '*' })
      }
      const events = eventsOf(await readJson(request, maxBodyBytes).catch(() => undefined))
      if (!events) return sendText(response, 400, 'The body must be events of Event Grid, as JSON.')
      if (request.headers['aeg-event-type'] === 'SubscriptionValidation')
        return sendJson(response, 200, { validationResponse: validationCode(events) })
      for (const event of events) {
        const notice = noticeOf(event)
        if (notice) await listener.notice(notice)
      }
      return sendEmpty(response, 202)
    },
  }
}

interface GridEvent {
  readonly eventType?: unknown
  /** CloudEvents. */
  readonly type?: unknown
  readonly subject?: unknown
  readonly data?: Readonly<Record<string, unknown>>
}

function eventsOf(body: unknown): readonly GridEvent[] | undefined {
  const events = Array.isArray(body) ? body : [body]
  return events.every((event) => typeof event === 'object' && event !== null) ? events : undefined
}

function validationCode([event]: readonly GridEvent[]): unknown {
  return event?.data?.validationCode
}

/** Undefined for events of other kinds. */
function noticeOf({ eventType, type, subject, data = {} }: GridEvent): BlobNotice | undefined {
  if ((eventType ?? type) !== created || typeof subject !== 'string') return undefined
  const [, name] = /\/containers\/[^/]+\/blobs\/(.+)$/s.exec(subject) ?? []
  const { eTag, blobType = 'BlockBlob' } = data
  if (name === undefined || typeof eTag !== 'string') return undefined
  const etag = eTag.startsWith('"') ? eTag : `"${eTag}"`
  return { name, etag, type: blobType as BlobNotice['type'] }
}
