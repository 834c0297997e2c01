/**
 * Static websites: what `$web` holds, as pages (Azure documentation, "Static website hosting in Azure Storage").
 * Everybody may read them, and nobody anything else.
 */
import type { StaticWebsite, StorageRequest, StorageResponse } from '../../contracts.ts'
import { generalErrors } from '../../protocol/general-errors.ts'
import { StorageError } from '../../protocol/storage-error.ts'
import { createContainer } from '../store/containers.ts'
import type { BlobContext } from '../store/context.ts'
import { openBlob } from '../store/read-blob.ts'
import { blobHeaders } from '../wire/response-headers.ts'
import { answerBlob, answerProperties } from './read-operations.ts'

const webContainer = '$web'

/** Switching the website on makes its container. */
export async function makeWebContainer(
  context: BlobContext,
  account: string,
  { isEnabled }: StaticWebsite,
): Promise<void> {
  if (!isEnabled) return
  try {
    await createContainer(context, { account, container: webContainer }, {})
  } catch (error) {
    if (!(error instanceof StorageError) || error.code !== 'ContainerAlreadyExists') throw error
  }
}

/** @throws StorageError UnsupportedHttpVerb, ConditionNotMet, InvalidRange, InvalidUri */
export async function serveWebsite(context: BlobContext, request: StorageRequest): Promise<StorageResponse> {
  const { method, account } = request
  if (method !== 'GET' && method !== 'HEAD')
    throw generalErrors.UnsupportedHttpVerb({ headers: { Allow: 'GET, HEAD' } })
  const { website } = context.settings(account.name)
  if (!website.isEnabled) return notFound(request)
  for (const name of pagesOf(nameIn(request.path), website)) {
    const address = { account: account.name, container: webContainer, name }
    const answering = method === 'HEAD' ? answerProperties : answerBlob
    const answer = await orNothing(answering(context, request, address))
    if (answer) return answer
  }
  return (await errorPage(context, request, website)) ?? notFound(request)
}

function nameIn(path: string): string {
  try {
    return decodeURIComponent(path.slice(1))
  } catch {
    throw generalErrors.InvalidUri()
  }
}

/** The blobs that a path may mean, in order: itself, or the index of the folder that it names. */
function pagesOf(name: string, { indexDocument, defaultIndexDocumentPath }: StaticWebsite): string[] {
  const isFolder = name === '' || name.endsWith('/')
  const pages = isFolder ? [] : [name]
  if (indexDocument) pages.push(isFolder ? name + indexDocument : `${name}/${indexDocument}`)
  if (isFolder && defaultIndexDocumentPath) pages.push(withoutSlash(defaultIndexDocumentPath))
  return pages
}

async function errorPage(
  context: BlobContext,
  request: StorageRequest,
  { errorDocument404Path }: StaticWebsite,
): Promise<StorageResponse | undefined> {
  if (!errorDocument404Path) return undefined
  const name = withoutSlash(errorDocument404Path)
  const address = { account: request.account.name, container: webContainer, name }
  const opened = await orNothing(openBlob(context, address, {}))
  if (!opened) return undefined
  const { item, content } = opened
  const headers = { ...blobHeaders(request, item, false), 'Content-Length': String(item.length) }
  return { status: 404, headers, body: content }
}

function withoutSlash(path: string): string {
  return path.replace(/^\/+/, '')
}

const absent = new Set(['BlobNotFound', 'ContainerNotFound', 'BlobArchived'])

async function orNothing<Found>(finding: Promise<Found>): Promise<Found | undefined> {
  try {
    return await finding
  } catch (error) {
    if (error instanceof StorageError && absent.has(error.code)) return undefined
    throw error
  }
}

function notFound({ requestId }: StorageRequest): StorageResponse {
  const body = [
    '<!DOCTYPE html><html><head><title>WebContentNotFound</title></head><body>',
    '<h1>The requested content does not exist.</h1><p><ul><li>HttpStatusCode: 404</li>',
    `<li>ErrorCode: WebContentNotFound</li><li>RequestId : ${requestId}</li></ul></p></body></html>`,
  ].join('')
  const headers = { 'Content-Type': 'text/html', 'x-ms-error-code': 'WebContentNotFound' }
  return { status: 404, headers, body }
}
