/** `blobTrigger`: runs a function for every blob of a container that comes or changes. */
import {
  type AppContext,
  type Clock,
  type TriggerExtension,
  UserError,
  type WebhookExtension,
} from '@aloft/kernel'
import { bindingOption } from '../binding-option.ts'
import { perApp } from '../per-app.ts'
import type { QueueConnections } from '../queue/queue-connections.ts'
import type { BlobConnections } from './blob-connections.ts'
import { BlobListener } from './blob-listener.ts'
import { readBlobOptions } from './blob-options.ts'
import { blobPatternOf } from './blob-path.ts'
import { BlobQueue } from './blob-queue.ts'
import { blobWebhook } from './blob-webhook.ts'
import { hostBlobs } from './host-blobs.ts'
import { blobInputOf } from './trigger-input.ts'
import { functionIdOf } from './trigger-message.ts'

export interface BlobTrigger {
  readonly trigger: TriggerExtension
  /** Where Event Grid sends the events of functions with `source: EventGrid`. */
  readonly webhook: WebhookExtension
}

export function blobTrigger(blobs: BlobConnections, queues: QueueConnections, clock: Clock): BlobTrigger {
  const queueOf = perApp(
    (app) =>
      new BlobQueue({
        queues: queues.access(app, ownAccount),
        hostId: app.hostId,
        options: readBlobOptions(app),
        clock,
      }),
  )
  // By app and function; the address of an app outlives its generations, so the latest one is told.
  const listeners = new Map<string, BlobListener>()
  const keyOf = ({ hostId }: AppContext, functionId: string) => `${hostId}/${functionId}`.toLowerCase()
  return {
    webhook: blobWebhook((app, functionId) => listeners.get(keyOf(app, functionId))),
    trigger: {
      type: 'blobTrigger',
      // All blobs of an app wait in one queue (`SharedBlobQueueListenerFactory` of the extension).
      sharedConcurrency: 'SharedBlobQueueListener',
      validate(binding, app) {
        blobPatternOf(binding)
        sourceOf(bindingOption(binding, 'source'))
        readBlobOptions(app)
        blobs(app, binding)
        queues.access(app, ownAccount)
      },
      hostOptions: (app) => ({ section: 'blobs', options: { ...readBlobOptions(app) } }),
      listen(context) {
        const { app, binding } = context
        const access = blobs(app, binding)
        const source = sourceOf(bindingOption(binding, 'source'))
        const listener = new BlobListener({
          context,
          pattern: blobPatternOf(binding),
          blobs: access,
          host: hostBlobs(blobs(app, ownAccount), app.hostId),
          queue: queueOf(app),
          source,
          // The storage of this process tells of its changes without a subscription.
          isWatching: source === 'LogsAndContainerScan' || access.isEmbedded,
          clock,
        })
        const key = keyOf(app, functionIdOf(context.function.name))
        return {
          start() {
            listeners.set(key, listener)
            return listener.start()
          },
          stop(signal) {
            if (listeners.get(key) === listener) listeners.delete(key)
            return listener.stop(signal)
          },
        }
      },
      async manualInput({ app, binding }, path) {
        const pattern = blobPatternOf(binding)
        const prefix = `${pattern.container}/`
        const captures = path.startsWith(prefix) ? pattern.match(path.slice(prefix.length)) : undefined
        if (!captures) return { data: { string: path } }
        const name = path.slice(prefix.length)
        const facts = await blobs(app, binding).find(pattern.container, name)
        if (!facts) throw new UserError(`There is no blob '${path}'.`)
        const content = await blobs(app, binding).read(pattern.container, name)
        return blobInputOf(binding, facts, captures, content)
      },
    },
  }
}

/** The binding that names no connection leads to the app's own. */
const ownAccount = { connection: '' }

/** The official extension's names, and the numbers of its enumeration. */
function sourceOf(value: unknown): 'LogsAndContainerScan' | 'EventGrid' {
  const text = String(value ?? 'LogsAndContainerScan').toLowerCase()
  if (text === 'eventgrid' || text === '1') return 'EventGrid'
  if (text === 'logsandcontainerscan' || text === '0' || text === '') return 'LogsAndContainerScan'
  throw new UserError(`'${text}' ('source') must be LogsAndContainerScan or EventGrid.`)
}
