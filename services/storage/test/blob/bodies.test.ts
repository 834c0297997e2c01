/** Requests whose body has no length of its own, or should be none. */
import assert from 'node:assert/strict'
import { BlobSASPermissions } from '@azure/storage-blob'
import { send } from '../protocol/raw-client.ts'
import { testBlobs } from './blob-server.ts'

testBlobs('what must come without a body says so, in chunks too', async ({ box }) => {
  const signed = await box.getBlobClient('b').generateSasUrl({
    permissions: BlobSASPermissions.parse('cw'),
    expiresOn: new Date(Date.now() + 3_600_000),
  })
  const { pathname, search, port } = new URL(signed)
  const put = async (headers: Record<string, string>, body = '', query = '') => {
    const path = `${pathname}${search}${query}`
    const answer = await send(Number(port), { method: 'PUT', path, headers, body })
    return [answer.status, answer.headers['x-ms-error-code']]
  }
  const chunked = { 'transfer-encoding': 'chunked' }
  const pages = { 'x-ms-blob-type': 'PageBlob', 'x-ms-blob-content-length': '512' }
  assert.deepEqual(await put({ ...pages, ...chunked }), [411, 'MissingContentLengthHeader'])
  assert.deepEqual(await put(pages, 'x'), [400, 'InvalidHeaderValue'])
  assert.deepEqual(await put({ ...pages, 'content-length': '0' }), [201, undefined])
  const write = { 'x-ms-page-write': 'update', 'x-ms-range': 'bytes=0-511' }
  const page = 'x'.repeat(512)
  assert.deepEqual(await put({ ...write, ...chunked }, page, '&comp=page'), [
    411,
    'MissingContentLengthHeader',
  ])
  assert.deepEqual(await put(write, 'x', '&comp=page'), [400, 'InvalidHeaderValue'])
  assert.deepEqual(await put(write, page, '&comp=page'), [201, undefined])
})
