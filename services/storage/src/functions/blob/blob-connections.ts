import type { AppContext, BindingDefinition, Clock } from '@aloft/kernel'
import { connectionName, resolveStorageConnection } from '../connections.ts'
import type { EmbeddedStorage } from '../embedded-storage.ts'
import { perApp } from '../per-app.ts'
import type { BlobAccess } from './blob-access.ts'
import { embeddedBlobs } from './embedded-blobs.ts'
import { remoteBlobs } from './remote-blobs.ts'

/** The blobs that a binding's connection leads to; without a binding, those of the app itself. @throws UserError that names the setting */
export type BlobConnections = (app: AppContext, binding: Pick<BindingDefinition, 'connection'>) => BlobAccess

export function blobConnections(storage: EmbeddedStorage | undefined, clock: Clock): BlobConnections {
  const access = perApp((app, name) => {
    const connection = resolveStorageConnection(app, name, 'blob', storage)
    if (connection.kind !== 'embedded') return remoteBlobs(connection, clock)
    const { account } = connection
    const endpoint = () => `http://127.0.0.1:${storage!.ports?.blob ?? 10000}/${account}`
    return embeddedBlobs(storage!.blobs, account, endpoint)
  })
  return (app, binding) => access(app, connectionName(binding))
}
