/** The two containers: `media`, and `backup`, into which the service itself copies. */
import { BlobServiceClient } from '@azure/storage-blob'

const service = BlobServiceClient.fromConnectionString(process.env.AzureWebJobsStorage)

/** The names of all media files. */
export async function listFiles() {
  const media = service.getContainerClient('media')
  await media.createIfNotExists()
  const names = []
  for await (const { name } of media.listBlobsFlat()) names.push(name)
  return names
}

/** Copies a file without moving its bytes through this process; its size in bytes. */
export async function copyFile(name, to) {
  const backup = service.getContainerClient('backup')
  await backup.createIfNotExists()
  const source = service.getContainerClient('media').getBlobClient(name)
  const copy = await backup.getBlobClient(to).beginCopyFromURL(source.url)
  await copy.pollUntilDone()
  const { contentLength } = await source.getProperties()
  return contentLength
}
