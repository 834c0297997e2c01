/** Blobs that are made with a policy or a hold on them, and conditions on policies. */
import assert from 'node:assert/strict'
import { BlobSASPermissions } from '@azure/storage-blob'
import { send } from '../protocol/raw-client.ts'
import { blockId, failure, testBlobs, upload } from './blob-server.ts'

const dayMs = 24 * 3600 * 1000

testBlobs('a blob may be made with an immutability policy and a legal hold', async ({ box, clock }) => {
  const expiriesOn = new Date(Math.floor(clock.now() / 1000) * 1000 + dayMs)
  const protection = {
    immutabilityPolicy: { expiriesOn, policyMode: 'Unlocked' as const },
    legalHold: true,
  }
  const whole = box.getBlockBlobClient('whole')
  await whole.upload('x', 1, protection)
  const blocks = box.getBlockBlobClient('blocks')
  await blocks.stageBlock(blockId('1'), 'x', 1)
  await blocks.commitBlockList([blockId('1')], protection)
  const log = box.getAppendBlobClient('log')
  await log.create(protection)
  const pages = box.getPageBlobClient('pages')
  await pages.create(512, { ...protection, blobSequenceNumber: 3 })
  await upload(box, 'source')
  const copy = box.getBlockBlobClient('copy')
  await copy.syncCopyFromURL(box.getBlobClient('source').url, protection)
  for (const blob of [whole, blocks, log, pages, copy]) {
    const { legalHold, immutabilityPolicyMode, immutabilityPolicyExpiresOn } = await blob.getProperties()
    assert.deepEqual(
      [legalHold, immutabilityPolicyMode?.toLowerCase(), immutabilityPolicyExpiresOn],
      [true, 'unlocked', expiriesOn],
      blob.name,
    )
    await assert.rejects(blob.delete(), failure(409, 'BlobImmutableDueToPolicy'))
  }
  assert.equal((await pages.getProperties()).blobSequenceNumber, 3)
})

// The SDK has an option for it, and does not send it.
testBlobs('a policy is set only on what nobody else has changed', async ({ box, clock }) => {
  await upload(box, 'b')
  const signed = await box.getBlobClient('b').generateSasUrl({
    permissions: BlobSASPermissions.parse('ri'),
    expiresOn: new Date(Date.now() + dayMs),
  })
  const { pathname, search, port } = new URL(signed)
  const put = async (unmodifiedSince: number) => {
    const { status, headers } = await send(Number(port), {
      method: 'PUT',
      path: `${pathname}${search}&comp=immutabilityPolicies`,
      headers: {
        'x-ms-immutability-policy-until-date': new Date(clock.now() + dayMs).toUTCString(),
        'if-unmodified-since': new Date(unmodifiedSince).toUTCString(),
      },
    })
    return [status, headers['x-ms-error-code']]
  }
  assert.deepEqual(await put(clock.now() - dayMs), [412, 'ConditionNotMet'])
  assert.deepEqual(await put(clock.now() + dayMs), [200, undefined])
})
