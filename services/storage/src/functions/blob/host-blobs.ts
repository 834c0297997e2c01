/** What the blob triggers of an app remember, in the container where tools for Azure look for it. */
import type { BlobAccess } from './blob-access.ts'
import type { BlobTriggerMessage } from './trigger-message.ts'

const container = 'azure-webjobs-hosts'
const nothing = Buffer.alloc(0)

export interface HostBlobs {
  /** Whether this version of the blob was given to the function's queue already. */
  hasReceipt(message: BlobTriggerMessage): Promise<boolean>
  writeReceipt(message: BlobTriggerMessage): Promise<void>
  /** Where a function's feed goes on; '' = at the beginning. */
  readPosition(functionId: string): Promise<string>
  writePosition(functionId: string, position: string): Promise<void>
}

/** @param blobs of the app's own account, `AzureWebJobsStorage` */
export function hostBlobs(blobs: BlobAccess, hostId: string): HostBlobs {
  // The ETag comes first, since the blob's name may have slashes.
  const receipt = (message: BlobTriggerMessage) =>
    `blobreceipts/${hostId}/${message.functionId}/${message.etag}/${message.container}/${message.blob}`
  const scanInfo = (functionId: string) => `blobscaninfo/${hostId}/${functionId}/scanInfo`
  return {
    hasReceipt: async (message) => (await blobs.find(container, receipt(message))) !== undefined,
    writeReceipt: (message) => blobs.write(container, receipt(message), nothing, 'application/octet-stream'),
    async readPosition(functionId) {
      const content = await blobs.read(container, scanInfo(functionId))
      return content ? positionIn(content.toString('utf8')) : ''
    },
    writePosition: (functionId, position) =>
      blobs.write(
        container,
        scanInfo(functionId),
        Buffer.from(JSON.stringify({ LatestScan: position })),
        'application/json',
      ),
  }
}

function positionIn(text: string): string {
  try {
    const { LatestScan } = JSON.parse(text) as { readonly LatestScan?: unknown }
    return typeof LatestScan === 'string' ? LatestScan : ''
  } catch {
    return ''
  }
}
