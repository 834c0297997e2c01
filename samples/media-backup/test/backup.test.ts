import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { BlobServiceClient, type ContainerClient } from '@azure/storage-blob'
import { type RunningSample, runSample } from '../../run-sample.ts'
import { outputOf, startWorkflow, workflowStatus } from '../../workflow.ts'

let app: RunningSample
let media: ContainerClient
let backup: ContainerClient
before(async () => {
  app = await runSample(fileURLToPath(new URL('..', import.meta.url)))
  const service = BlobServiceClient.fromConnectionString(app.storageConnection)
  media = service.getContainerClient('media')
  backup = service.getContainerClient('backup')
})
after(() => app?.stop())

test('an empty library is backed up at once', async () => {
  const { files, bytes } = (await outputOf(await startWorkflow(`${app.url}/api/backups`))) as Backup
  assert.deepEqual([files, bytes], [0, 0])
})

test('every file is copied, many at a time, and the status says how far it is', async () => {
  const names = Array.from({ length: 120 }, (_, n) => `shots/${n}.jpg`)
  await media.createIfNotExists()
  await Promise.all(names.map((name, n) => media.getBlockBlobClient(name).upload('x'.repeat(n), n)))
  const workflow = await startWorkflow(`${app.url}/api/backups`)
  const { folder, files, bytes } = (await outputOf(workflow)) as Backup
  assert.deepEqual([files, bytes], [120, (119 * 120) / 2])
  assert.match(folder, /^\d{4}-\d\d-\d\d$/)
  assert.deepEqual((await workflowStatus(workflow)).customStatus, { done: 120, of: 120 })
  const copies: string[] = []
  for await (const { name } of backup.listBlobsFlat({ prefix: `${folder}/` })) copies.push(name)
  assert.deepEqual(copies.sort(), names.map((name) => `${folder}/${name}`).sort())
  const copy = await backup.getBlobClient(`${folder}/shots/119.jpg`).downloadToBuffer()
  assert.equal(copy.toString(), 'x'.repeat(119))
})

interface Backup {
  readonly folder: string
  readonly files: number
  readonly bytes: number
}
