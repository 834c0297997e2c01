import type { StoredBytes } from '../contracts.ts'
import type { BlobFiles, BlobFileWriter } from './blob-files.ts'
import { ContentHash } from './content-hash.ts'

/** Chunks are gathered to at least this much for one write. */
const writeBytes = 128 * 1024

/** Content taken in: in memory as `bytes`, or in a file. */
export interface Ingested {
  readonly stored: StoredBytes
  readonly bytes: Uint8Array | undefined
}

/**
 * Takes in `content` under `key`: into memory up to `inlineBytes`, else into a file. Rejects, leaving nothing, with
 * what `content` fails with, `BlobTooLarge`, or `StorageFailed`.
 */
export async function ingest(
  files: BlobFiles,
  key: string,
  content: AsyncIterable<Uint8Array> | Uint8Array,
  inlineBytes: number,
  maxBytes: number,
): Promise<Ingested> {
  const hash = new ContentHash(maxBytes)
  let file: BlobFileWriter | undefined
  let gathered: Uint8Array[] = []
  let gatheredBytes = 0
  try {
    for await (const chunk of content instanceof Uint8Array ? [content] : content) {
      hash.update(chunk)
      gathered.push(chunk)
      gatheredBytes += chunk.length
      if (gatheredBytes < writeBytes) continue
      file ??= await files.create(key)
      await file.append(gathered)
      gathered = []
      gatheredBytes = 0
    }
    if (!file && hash.length <= inlineBytes)
      return { stored: { key, ...hash.digest() }, bytes: joined(gathered, hash.length) }
    file ??= await files.create(key)
    if (gatheredBytes > 0) await file.append(gathered)
    await file.finish()
    return { stored: { key, ...hash.digest() }, bytes: undefined }
  } catch (error) {
    await file?.abandon()
    throw error
  }
}

/** A copy that keeps no larger buffer alive. */
function joined(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.length
  }
  return bytes
}
