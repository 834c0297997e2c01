/** One long blob up in blocks and down again with the official SDK, each byte compared. */
import { Readable } from 'node:stream'
import { BlockBlobClient, StorageSharedKeyCredential } from '@azure/storage-blob'
import { type MemoryGrowth, MemoryWatch } from './memory-watch.ts'
import { account, accountKey } from './storage-lean-client.ts'
import type { StorageServer } from './storage-servers.ts'

export interface TransferRun {
  readonly bytes: number
  readonly durationMs: number
  /** Of the host. */
  readonly memory: MemoryGrowth
  /** Of the host. */
  readonly cpuMs: number
}

/** What the SDK sends at a time, and how many of these at once. */
const blockBytes = 8 * 2 ** 20
const concurrency = 4
const pieceBytes = 2 ** 20
const pattern = Buffer.from(
  Uint8Array.from({ length: pieceBytes }, (_, index) => (index * 31 + (index >> 8)) % 251),
)

/** @param bytes a whole number of MiB */
export async function transferBlob(
  server: StorageServer,
  name: string,
  bytes: number,
): Promise<{ readonly up: TransferRun; readonly down: TransferRun }> {
  const url = `http://127.0.0.1:${server.ports.blob}/${account}/large/${name}`
  const blob = new BlockBlobClient(url, new StorageSharedKeyCredential(account, accountKey))
  const up = await watched(server, bytes, async () => {
    const content = Readable.from(pieces(bytes), { objectMode: false, highWaterMark: pieceBytes })
    await blob.uploadStream(content, blockBytes, concurrency)
  })
  const down = await watched(server, bytes, async () => {
    const { readableStreamBody } = await blob.download()
    if (!readableStreamBody) throw new Error('the download has no content')
    await compare(readableStreamBody as AsyncIterable<Buffer>, bytes)
  })
  await blob.delete()
  return { up, down }
}

async function watched(
  server: StorageServer,
  bytes: number,
  work: () => Promise<void>,
): Promise<TransferRun> {
  const cpuMs = () => server.process.processes()[0]?.cpuMs ?? Number.NaN
  const watch = new MemoryWatch(server.process)
  const [cpuBefore, startMs] = [cpuMs(), performance.now()]
  await work()
  const durationMs = performance.now() - startMs
  return { bytes, durationMs, memory: watch.stop().host, cpuMs: cpuMs() - cpuBefore }
}

/** Each begins with its number, so that what is lost or swapped is noticed. */
function* pieces(bytes: number): Generator<Buffer> {
  for (let number = 0; number < bytes / pieceBytes; number++) yield piece(number)
}

function piece(number: number): Buffer {
  const content = Buffer.from(pattern)
  content.writeUInt32LE(number)
  return content
}

/** @throws Error when other bytes come than were sent, or not as many */
async function compare(content: AsyncIterable<Buffer>, bytes: number): Promise<void> {
  let at = 0
  let expected = piece(0)
  for await (const chunk of content) {
    for (let from = 0; from < chunk.length; ) {
      const offset = at % pieceBytes
      if (offset === 0) expected = piece(at / pieceBytes)
      const length = Math.min(chunk.length - from, pieceBytes - offset)
      if (expected.compare(chunk, from, from + length, offset, offset + length) !== 0)
        throw new Error(`other bytes came back behind byte ${at}`)
      from += length
      at += length
    }
  }
  if (at !== bytes) throw new Error(`${at} bytes came back of ${bytes}`)
}
