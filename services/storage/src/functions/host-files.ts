/**
 * What the Functions host keeps, copied to where tools for Azure look for it (azure-webjobs-sdk,
 * `HostContainerNames`).
 */
import type { HostFiles } from '@aloft/kernel'
import type { BlobConnections } from './blob/blob-connections.ts'

const container = 'azure-webjobs-hosts'
const ownAccount = { connection: '' }

/** Only in the storage of this process: elsewhere it would cost a request for every timer. */
export function hostFiles(blobs: BlobConnections): HostFiles {
  return {
    async write(app, path, content, metadata) {
      const access = blobs(app, ownAccount)
      if (access.isEmbedded)
        await access.write(container, path, Buffer.from(content), 'application/json', metadata)
    },
  }
}
