/** Keys that come with each request, and encryption scopes. */
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { BlobSASPermissions, type ContainerClient, type CpkInfo } from '@azure/storage-blob'
import { send } from '../protocol/raw-client.ts'
import { arrayOf, type BlobServer, blockId, failureOf, testBlobs } from './blob-server.ts'

function newKey(): Required<CpkInfo> {
  const key = randomBytes(32)
  return {
    encryptionKey: key.toString('base64'),
    encryptionKeySha256: createHash('sha256').update(key).digest('base64'),
    encryptionAlgorithm: 'AES256',
  }
}

/**
 * The client of a blob that sends a key with everything: the SDK would do so over https only.
 */
function withKey(box: BlobServer['box'], name: string, key: CpkInfo) {
  const blob = box.getBlockBlobClient(name)
  const { isHttps } = blob as unknown as { isHttps: boolean }
  assert.equal(isHttps, false)
  for (const client of [blob, box.getAppendBlobClient(name), box.getPageBlobClient(name)])
    Object.defineProperty(client, 'isHttps', { value: true })
  return { blob, options: { customerProvidedKey: key } }
}

const uses = failureOf(409, 'BlobUsesCustomerSpecifiedEncryption')
const usesNot = failureOf(409, 'BlobDoesNotUseCustomerSpecifiedEncryption')
const mismatch = failureOf(409, 'BlobCustomerSpecifiedEncryptionMismatch')

testBlobs('a blob with a key of the customer is read and changed with that key only', async ({ box }) => {
  const key = newKey()
  const { blob, options } = withKey(box, 'b', key)
  const made = await blob.upload('secret', 6, options)
  assert.equal(made.encryptionKeySha256, key.encryptionKeySha256)
  assert.equal((await blob.downloadToBuffer(0, undefined, options)).toString(), 'secret')
  assert.equal((await blob.getProperties(options)).encryptionKeySha256, key.encryptionKeySha256)
  const other = { customerProvidedKey: newKey() }
  for (const [given, refused] of [
    [{}, uses],
    [other, mismatch],
  ] as const) {
    await assert.rejects(blob.download(0, undefined, given), refused)
    await assert.rejects(blob.getProperties(given), refused)
    await assert.rejects(blob.setMetadata({ a: '1' }, given), refused)
    await assert.rejects(blob.createSnapshot(given), refused)
  }
  // It is there, says the SDK, of what it may not look at.
  assert.equal(await blob.exists(), true)
  const [listed] = await arrayOf(box.listBlobsFlat())
  assert.equal(listed?.properties.customerProvidedKeySha256, key.encryptionKeySha256)
  const copy = box.getBlobClient('copy').syncCopyFromURL(blob.url)
  await assert.rejects(copy, failureOf(409, 'CannotVerifyCopySource'))
  await blob.setMetadata({ a: '1' }, options)
  await blob.createSnapshot(options)
  await blob.delete({ deleteSnapshots: 'include' })
})

testBlobs('all blocks of a blob come with the same key', async ({ box }) => {
  const { blob, options } = withKey(box, 'b', newKey())
  const other = { customerProvidedKey: newKey() }
  await blob.stageBlock(blockId('1'), 'a', 1, options)
  await assert.rejects(blob.stageBlock(blockId('2'), 'b', 1), uses)
  await assert.rejects(blob.stageBlock(blockId('2'), 'b', 1, other), mismatch)
  await blob.stageBlock(blockId('2'), 'b', 1, options)
  await assert.rejects(blob.commitBlockList([blockId('1')]), uses)
  await blob.commitBlockList([blockId('1'), blockId('2')], options)
  assert.equal((await blob.downloadToBuffer(0, undefined, options)).toString(), 'ab')
  await blob.stageBlock(blockId('3'), 'c', 1, other)
  await assert.rejects(blob.commitBlockList([blockId('1'), blockId('3')], other), mismatch)
  await blob.commitBlockList([blockId('1'), blockId('2')], options)
  await blob.stageBlock(blockId('4'), 'd', 1)
  await assert.rejects(blob.commitBlockList([blockId('4')], options), usesNot)
})

testBlobs('a key for a blob that has none is refused', async ({ box }) => {
  const { blob, options } = withKey(box, 'b', newKey())
  await blob.upload('plain', 5)
  await assert.rejects(blob.download(0, undefined, options), usesNot)
  await assert.rejects(blob.setMetadata({}, options), usesNot)
  await blob.upload('secret', 6, options)
  await blob.upload('plain', 5)
  assert.equal((await blob.downloadToBuffer()).toString(), 'plain')
})

testBlobs('pages and appended blocks need the key of their blob', async ({ box }) => {
  const options = { customerProvidedKey: newKey() }
  const [log, pages] = [box.getAppendBlobClient('log'), box.getPageBlobClient('pages')]
  for (const client of [log, pages]) Object.defineProperty(client, 'isHttps', { value: true })
  await log.create(options)
  await log.appendBlock('a', 1, options)
  await assert.rejects(log.appendBlock('b', 1), uses)
  await pages.create(512, options)
  await pages.uploadPages(Buffer.alloc(512), 0, 512, options)
  await assert.rejects(pages.uploadPages(Buffer.alloc(512), 0, 512), uses)
  await assert.rejects(pages.clearPages(0, 512, { customerProvidedKey: newKey() }), mismatch)
})

testBlobs('a key must be whole: 256 bits, its hash and the algorithm', async ({ box }) => {
  const signed = await box.getBlobClient('b').generateSasUrl({
    permissions: BlobSASPermissions.parse('cw'),
    expiresOn: new Date(Date.now() + 3_600_000),
  })
  const { pathname, search, port } = new URL(signed)
  const { encryptionKey, encryptionKeySha256 } = newKey()
  const good = {
    'x-ms-encryption-key': encryptionKey,
    'x-ms-encryption-key-sha256': encryptionKeySha256,
    'x-ms-encryption-algorithm': 'AES256',
  }
  const put = async (headers: Record<string, string | undefined>) => {
    const given = Object.entries({ ...good, ...headers }).filter(([, value]) => value !== undefined)
    const { status, headers: answered } = await send(Number(port), {
      method: 'PUT',
      path: pathname + search,
      headers: { 'x-ms-blob-type': 'BlockBlob', ...Object.fromEntries(given) },
      body: 'x',
    })
    return [status, answered['x-ms-error-code']]
  }
  assert.deepEqual(await put({ 'x-ms-encryption-key': undefined }), [400, 'MissingRequiredHeader'])
  assert.deepEqual(await put({ 'x-ms-encryption-algorithm': undefined }), [400, 'MissingRequiredHeader'])
  assert.deepEqual(await put({ 'x-ms-encryption-algorithm': 'AES128' }), [400, 'InvalidHeaderValue'])
  assert.deepEqual(await put({ 'x-ms-encryption-key': 'c2hvcnQ=' }), [400, 'InvalidHeaderValue'])
  const { encryptionKeySha256: another } = newKey()
  assert.deepEqual(await put({ 'x-ms-encryption-key-sha256': another }), [400, 'InvalidHeaderValue'])
  assert.deepEqual(await put({}), [201, undefined])
})

testBlobs('a container may have an encryption scope for its blobs', async ({ client, box }) => {
  const containerEncryptionScope = { defaultEncryptionScope: 'one', preventEncryptionScopeOverride: true }
  const fixed = client.getContainerClient('fixed')
  await fixed.create({ containerEncryptionScope })
  const loose = client.getContainerClient('loose')
  await loose.create({
    containerEncryptionScope: { ...containerEncryptionScope, preventEncryptionScopeOverride: false },
  })
  const told = async (container: ContainerClient) => {
    const { defaultEncryptionScope, denyEncryptionScopeOverride } = await container.getProperties()
    return [defaultEncryptionScope, denyEncryptionScopeOverride]
  }
  assert.deepEqual(await told(fixed), ['one', true])
  assert.deepEqual(await told(loose), ['one', false])
  assert.deepEqual(await told(box), ['$account-encryption-key', false])
  const listed = await arrayOf(client.listContainers({ prefix: 'fixed' }))
  assert.equal(listed[0]?.properties.defaultEncryptionScope, 'one')
  await fixed.getAppendBlobClient('log').create()
  await fixed.getBlockBlobClient('b').upload('x', 1, { encryptionScope: 'one' })
  for (const name of ['log', 'b'])
    assert.equal((await fixed.getBlobClient(name).getProperties()).encryptionScope, 'one')
  await assert.rejects(
    fixed.getBlockBlobClient('c').upload('x', 1, { encryptionScope: 'two' }),
    failureOf(403, 'RequestForbiddenByContainerEncryptionPolicy'),
  )
  await loose.getBlockBlobClient('c').upload('x', 1, { encryptionScope: 'two' })
  assert.equal((await loose.getBlobClient('c').getProperties()).encryptionScope, 'two')
})

testBlobs('a blob stays in its encryption scope', async ({ box }) => {
  const blob = box.getBlockBlobClient('b')
  const made = await blob.upload('x', 1, { encryptionScope: 'one' })
  assert.equal(made.encryptionScope, 'one')
  assert.equal((await blob.getProperties()).encryptionScope, 'one')
  const [listed] = await arrayOf(box.listBlobsFlat())
  assert.equal(listed?.properties.encryptionScope, 'one')
  await blob.setMetadata({ a: '1' }, { encryptionScope: 'one' })
  await assert.rejects(blob.createSnapshot({ encryptionScope: 'two' }), mismatch)
  assert.equal((await blob.downloadToBuffer()).toString(), 'x')
})
