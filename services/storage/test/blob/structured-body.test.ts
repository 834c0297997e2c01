/** Bodies in segments with checksums, with the SDK that makes and reads them. */
import assert from 'node:assert/strict'
import type { OutgoingHttpHeaders } from 'node:http'
import { test } from 'node:test'
import {
  type BlobDownloadResponseParsed,
  BlobSASPermissions,
  BlobServiceClient,
  type ContainerClient,
  type StorageSharedKeyCredential,
} from '@azure/storage-blob'
import fc from 'fast-check'
import { gathered } from '../../src/blob/wire/piece-reader.ts'
import { decodeStructured, encodeStructured } from '../../src/blob/wire/structured-body.ts'
import { send } from '../protocol/raw-client.ts'
import { type BlobServer, blockId, testBlobs } from './blob-server.ts'

/** The container through a client that sends and asks for structured bodies. */
function structuredBox({ client }: BlobServer): ContainerClient {
  const { credential } = client as unknown as { readonly credential: StorageSharedKeyCredential }
  return new BlobServiceClient(client.url, credential, {
    retryOptions: { maxTries: 1 },
    uploadContentChecksumAlgorithm: 'StorageCrc64',
    downloadContentChecksumAlgorithm: 'StorageCrc64',
  }).getContainerClient('box')
}

async function contentOf(response: BlobDownloadResponseParsed): Promise<Buffer> {
  const pieces: Buffer[] = []
  for await (const piece of response.readableStreamBody!) pieces.push(Buffer.from(piece))
  return Buffer.concat(pieces)
}

const content = Buffer.from(Array.from({ length: 9_000_001 }, (_, index) => index % 251))

testBlobs('all uploads may come with checksums of their segments', async (server) => {
  const box = structuredBox(server)
  for (const length of [1, 70_000, content.length]) {
    const part = content.subarray(0, length)
    const blob = box.getBlockBlobClient(`put-${length}`)
    const uploaded = await blob.upload(part, length)
    assert.equal(uploaded.structuredBodyType, 'XSM/1.0; properties=crc64')
    assert.deepEqual(await server.box.getBlobClient(blob.name).downloadToBuffer(), part)
  }
  const blocks = box.getBlockBlobClient('blocks')
  await blocks.stageBlock(blockId('1'), 'hello ', 6)
  await blocks.stageBlock(blockId('2'), content, content.length)
  await blocks.commitBlockList([blockId('1'), blockId('2')])
  assert.equal((await blocks.getProperties()).contentLength, 6 + content.length)
  const log = box.getAppendBlobClient('log')
  await log.create()
  await log.appendBlock('one', 3)
  await log.appendBlock('two', 3)
  assert.equal((await server.box.getBlobClient('log').downloadToBuffer()).toString(), 'onetwo')
  const pages = box.getPageBlobClient('pages')
  await pages.create(1024)
  await pages.uploadPages(Buffer.alloc(512, 7), 512, 512)
  assert.equal((await server.box.getBlobClient('pages').downloadToBuffer())[600], 7)
})

testBlobs('downloads come with checksums of their segments when they are asked for', async (server) => {
  const box = structuredBox(server)
  for (const length of [0, 1, 70_000, content.length]) {
    const part = content.subarray(0, length)
    await server.box.getBlockBlobClient('b').upload(part, length)
    const response = await box.getBlobClient('b').download()
    assert.equal(response.structuredBodyType, 'XSM/1.0; properties=crc64')
    assert.deepEqual(await contentOf(response), part, `${length} bytes`)
  }
  const range = await box.getBlobClient('b').download(5, 5_000_000)
  assert.deepEqual(await contentOf(range), content.subarray(5, 5_000_005))
  assert.equal(range.contentRange, `bytes 5-5000004/${content.length}`)
  const buffer = await box.getBlobClient('b').downloadToBuffer()
  assert.ok(buffer.equals(content))
})

testBlobs('a structured body that was damaged on its way is refused and leaves nothing', async ({ box }) => {
  const url = new URL(
    await box.getBlobClient('b').generateSasUrl({
      permissions: BlobSASPermissions.parse('rcw'),
      expiresOn: new Date(Date.now() + 3_600_000),
    }),
  )
  const put = async (headers: OutgoingHttpHeaders, body: Uint8Array) => {
    const answer = await send(Number(url.port), {
      method: 'PUT',
      path: url.pathname + url.search,
      headers: { 'x-ms-blob-type': 'BlockBlob', ...headers },
      body,
    })
    return [answer.status, answer.headers['x-ms-error-code']]
  }
  const form = { 'x-ms-structured-body': 'XSM/1.0; properties=crc64' }
  const length = { 'x-ms-structured-content-length': '5' }
  const good = await gathered(encodeStructured(Buffer.from('hello'), 5).body)
  const bad = Buffer.from(good)
  bad[24] = 120
  assert.deepEqual(await put({ ...form, ...length }, bad), [400, 'Crc64Mismatch'])
  assert.deepEqual(await put({ ...form, ...length }, Buffer.from('hello')), [400, 'InvalidInput'])
  assert.deepEqual(await put(form, good), [400, 'MissingRequiredHeader'])
  const other = { 'x-ms-structured-body': 'XSM/2.0' }
  assert.deepEqual(await put({ ...other, ...length }, good), [400, 'InvalidHeaderValue'])
  assert.equal(await box.getBlobClient('b').exists(), false)
  assert.deepEqual(await put({ ...form, ...length }, good), [201, undefined])
})

test('a structured body is read as it was written, however it is cut', async () => {
  const contents = fc.uint8Array({ maxLength: 400 })
  const cuts = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 20 })
  const property = fc.asyncProperty(contents, cuts, async (bytes, sizes) => {
    const whole = await gathered(encodeStructured(bytes, bytes.length).body)
    async function* pieces(): AsyncGenerator<Uint8Array> {
      for (let [at, index] = [0, 0]; at < whole.length; index++) {
        const size = sizes[index % sizes.length]!
        yield whole.subarray(at, at + size)
        at += size
      }
    }
    assert.deepEqual(await gathered(decodeStructured(pieces(), bytes.length)), Buffer.from(bytes))
    await assert.rejects(gathered(decodeStructured(pieces(), bytes.length + 1)), { code: 'InvalidInput' })
    const broken = (async function* () {
      yield whole.subarray(0, whole.length - 1)
    })()
    await assert.rejects(gathered(decodeStructured(broken, bytes.length)), { code: 'InvalidInput' })
  })
  await fc.assert(property)
})
