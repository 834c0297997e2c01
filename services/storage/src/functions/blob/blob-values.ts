/** Blobs as functions get and give them. */
import type { BindingDefinition, OutputValue } from '@aloft/kernel'
import type { ModelBindingData, TypedData } from '@aloft/wire'
import { connectionName } from '../connections.ts'
import type { BlobPath } from './blob-path.ts'

/** Content for an input: text, unless the binding asks for bytes. */
export function inputData(binding: BindingDefinition, content: Buffer): TypedData {
  const { dataType } = binding
  return dataType === 'binary' || dataType === 'stream'
    ? { bytes: content }
    : { string: content.toString('utf8') }
}

/** That from which `@azure/functions-extensions-blob` makes its client. */
export function modelOf(binding: BindingDefinition, { container, blob }: BlobPath): ModelBindingData {
  const content = { Connection: connectionName(binding), ContainerName: container, BlobName: blob }
  return {
    version: '1.0',
    source: 'AzureStorageBlobs',
    contentType: 'application/json',
    content: Buffer.from(JSON.stringify(content)),
  }
}

export function outputBytes(value: OutputValue): Uint8Array {
  return value.kind === 'bytes' ? value.bytes : Buffer.from(value.text)
}
