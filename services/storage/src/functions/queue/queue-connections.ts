/** host.json's options and the connections of an app, each read once. */
import type { AppContext, BindingDefinition, Clock } from '@aloft/kernel'
import { connectionName, resolveStorageConnection } from '../connections.ts'
import type { EmbeddedStorage, StorageHost } from '../embedded-storage.ts'
import { perApp } from '../per-app.ts'
import { embeddedQueues } from './embedded-queues.ts'
import type { QueueAccess } from './queue-access.ts'
import { type QueueOptions, readQueueOptions } from './queue-options.ts'
import { remoteQueues } from './remote-queues.ts'

export interface QueueConnections {
  /** @throws UserError that names the option */
  options(app: AppContext): QueueOptions
  /** The queues that the binding's connection leads to. @throws UserError that names the setting */
  access(app: AppContext, binding: Pick<BindingDefinition, 'connection'>): QueueAccess
}

export function queueConnections(
  storage: (StorageHost & Pick<EmbeddedStorage, 'queues'>) | undefined,
  clock: Clock,
): QueueConnections {
  const options = perApp((app) => readQueueOptions(app))
  const access = perApp((app, name) => {
    const connection = resolveStorageConnection(app, name, 'queue', storage)
    return connection.kind === 'embedded'
      ? embeddedQueues(storage!.queues, connection.account, clock)
      : remoteQueues(connection, clock)
  })
  return {
    options: (app) => options(app),
    access: (app, binding) => access(app, connectionName(binding)),
  }
}
