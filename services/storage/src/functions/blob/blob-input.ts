/** `blob` in: the content of a blob, or a reference for an SDK client. */
import type { InputExtension } from '@aloft/kernel'
import { isDeferred } from '../deferred.ts'
import type { BlobConnections } from './blob-connections.ts'
import { blobPathOf } from './blob-path.ts'
import { inputData, modelOf } from './blob-values.ts'

export function blobInput(connections: BlobConnections): InputExtension {
  return {
    type: 'blob',
    validate(binding, app) {
      blobPathOf(binding)
      connections(app, binding)
    },
    async read(binding, { app }) {
      const path = blobPathOf(binding)
      if (isDeferred(binding)) return { modelBindingData: modelOf(binding, path) }
      const content = await connections(app, binding).read(path.container, path.blob)
      return content && inputData(binding, content)
    },
  }
}
