/** `blob` out: what a function gives becomes a block blob. */
import type { OutputExtension } from '@aloft/kernel'
import type { BlobConnections } from './blob-connections.ts'
import { blobPathOf } from './blob-path.ts'
import { outputBytes } from './blob-values.ts'

export function blobOutput(connections: BlobConnections): OutputExtension {
  return {
    type: 'blob',
    takesWhole: true,
    validate(binding, app) {
      blobPathOf(binding)
      connections(app, binding)
    },
    async write(binding, values, { app }) {
      const { container, blob } = blobPathOf(binding)
      const blobs = connections(app, binding)
      for (const value of values)
        await blobs.write(container, blob, outputBytes(value), 'application/octet-stream')
    },
  }
}
