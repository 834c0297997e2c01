/** Reading files and folders by `/admin/vfs`. Source: the host's `VirtualFileSystem`. */
import { createReadStream } from 'node:fs'
import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { emptyReply, jsonReply, type Reply } from '@aloft/wire/http'
import { type AdminRequest, selfUrl } from '../endpoint.ts'
import { type FileFacts, factsOf, isVisible } from './app-folder.ts'
import { folderType, mediaTypeOf } from './media-types.ts'

/** More of a file is not answered with one range. */
const maxRangeBytes = 16 * 2 ** 20

/** The folder's entries, in the shape of Kudu's and the host's file API. */
export async function readFolder(root: string, folder: string, request: AdminRequest): Promise<Reply> {
  const base = selfUrl(request)
  const entries = await readdir(folder)
  const rows = await Promise.all(
    entries.sort().map(async (name) => {
      const path = join(folder, name)
      // A link that leads nowhere is nothing that could be read.
      const facts = isVisible(root, path) ? await factsOf(path) : undefined
      return facts && describeEntry(name, path, facts, base, request.call.query)
    }),
  )
  return jsonReply(
    200,
    rows.filter((row) => row !== undefined),
  )
}

function describeEntry(name: string, path: string, facts: FileFacts, base: string, query: string): object {
  const { isFolder, size, modifiedAt, createdAt } = facts
  return {
    name,
    size: isFolder ? 0 : size,
    mtime: modifiedAt.toISOString(),
    crtime: createdAt.toISOString(),
    mime: isFolder ? folderType : mediaTypeOf(name),
    href: `${encodeURI(base)}${encodeURIComponent(name)}${isFolder ? '/' : ''}${query}`,
    path,
  }
}

/** The file as a whole, or one range of it (RFC 9110, 14), or 304 for who has it. */
export async function readContent(
  file: string,
  facts: FileFacts,
  { call }: AdminRequest,
): Promise<Reply | 'streamed'> {
  const { headers } = call.request
  const own = fileHeaders(file, facts)
  const { range } = headers
  const isRange = range !== undefined && (headers['if-range'] ?? facts.etag) === facts.etag
  if (isRange) return readRange(file, facts, range)
  if (headers['if-none-match']?.split(/\s*,\s*/).includes(facts.etag))
    return { ...emptyReply(304), headers: own }
  const response = call.openStream([...own, 'Content-Length', String(facts.size)])
  if (call.request.method === 'HEAD') response.end()
  // A client that leaves, or a file that is cut meanwhile, ends the connection: both ends see that.
  else
    await pipeline(createReadStream(file, { end: Math.max(0, facts.size - 1) }), response).catch(() =>
      response.destroy(),
    )
  return 'streamed'
}

async function readRange(file: string, facts: FileFacts, range: string): Promise<Reply> {
  const { size } = facts
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(range.trim()) ?? []
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first)
  const wantedEnd = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1)
  if ((first === '' && last === '') || start > wantedEnd)
    return { status: 416, headers: ['Content-Range', `bytes */${size}`], body: undefined }
  const end = Math.min(wantedEnd, start + maxRangeBytes - 1)
  const handle = await open(file)
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(end - start + 1), 0, end - start + 1, start)
    return {
      status: 206,
      headers: [
        ...fileHeaders(file, facts),
        'Content-Range',
        `bytes ${start}-${start + bytesRead - 1}/${size}`,
      ],
      body: buffer.subarray(0, bytesRead),
    }
  } finally {
    await handle.close()
  }
}

export function fileHeaders(file: string, { etag, modifiedAt }: FileFacts): string[] {
  return [
    ...['Content-Type', mediaTypeOf(file), 'ETag', etag],
    // Never shown as a page of this origin.
    ...['Last-Modified', modifiedAt.toUTCString(), 'X-Content-Type-Options', 'nosniff'],
  ]
}
