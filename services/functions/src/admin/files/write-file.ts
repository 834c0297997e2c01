/** Changing files and folders by `/admin/vfs`. Source: the host's `VirtualFileSystem`. */
import { createWriteStream } from 'node:fs'
import { mkdir, rename, rm, rmdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { newId } from '@aloft/kernel'
import { emptyReply, jsonReply, type Reply } from '@aloft/wire/http'
import type { AdminRequest } from '../endpoint.ts'
import { type FileFacts, factsOf } from './app-folder.ts'
import { fileHeaders } from './read-file.ts'

/** Makes a folder: 201, or 409 when there is something. */
export async function makeFolder(folder: string, facts: FileFacts | undefined): Promise<Reply> {
  if (facts) return emptyReply(409)
  await mkdir(folder, { recursive: true })
  return emptyReply(201)
}

/** Writes the request's body to the file: 201 for a new one, 204. The file changes as a whole, or not at all. */
export async function writeContent(
  file: string,
  facts: FileFacts | undefined,
  { call }: AdminRequest,
): Promise<Reply> {
  const refusal = facts && refuseMatch(call.request.headers['if-match'], facts)
  if (refusal) return refusal
  await mkdir(dirname(file), { recursive: true })
  // No source file by its name: whoever watches the folder leaves it alone.
  const draft = join(dirname(file), `.${newId()}.part`)
  try {
    await pipeline(call.request, createWriteStream(draft))
    await rename(draft, file)
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
  const written = await factsOf(file)
  return { ...emptyReply(facts ? 204 : 201), headers: written ? fileHeaders(file, written).slice(2) : [] }
}

/** Deletes a file: 200. */
export async function deleteFile(file: string, facts: FileFacts, { call }: AdminRequest): Promise<Reply> {
  const refusal = refuseMatch(call.request.headers['if-match'], facts)
  if (refusal) return refusal
  await rm(file)
  return emptyReply(200)
}

/** Deletes a folder: 200, or 409 when it is not empty, unless all in it is to go. */
export async function deleteFolder(folder: string, scope: 'empty' | 'recursive'): Promise<Reply> {
  if (scope === 'recursive') await rm(folder, { recursive: true })
  else
    try {
      await rmdir(folder)
    } catch (error) {
      return jsonReply(409, (error as Error).message)
    }
  return emptyReply(200)
}

/** Who changes a file must know what it was. */
function refuseMatch(ifMatch: string | undefined, { etag }: FileFacts): Reply | undefined {
  if (ifMatch === undefined) return jsonReply(412, 'missing If-Match')
  const isMatch = ifMatch.split(/\s*,\s*/).some((each) => each === '*' || each === etag)
  if (isMatch) return undefined
  const { status, headers, body } = jsonReply(412, 'Etag mismatch')
  return { status, headers: [...headers, 'ETag', etag], body }
}
