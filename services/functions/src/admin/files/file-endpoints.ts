/** `/admin/vfs`, `/admin/functions/download` and the making of functions: the app's files from outside. */
import { resolve } from 'node:path'
import { emptyReply, jsonReply, type Reply } from '@aloft/wire/http'
import { isValidFunctionName } from '../../app/index.ts'
import type { KeyRing } from '../../contracts.ts'
import {
  type AdminEndpoint,
  type AdminRequest,
  badRequest,
  originOf,
  queryOf,
  readJsonBody,
  selfUrl,
} from '../endpoint.ts'
import { functionMetadata } from '../function-metadata.ts'
import type { AdminTarget } from '../target.ts'
import { type FileFacts, factsOf, isInPlace, locateFile } from './app-folder.ts'
import { refuseCaller } from './caller.ts'
import { writeAppZip } from './download.ts'
import { functionFolder, parseFunctionFiles, writeFunctionFolder } from './function-folder.ts'
import { readContent, readFolder } from './read-file.ts'
import { ensureTestData, isTestData, removeTestData, writeTestData } from './test-data.ts'
import { deleteFile, deleteFolder, makeFolder, writeContent } from './write-file.ts'

const readOnlyText = 'Your app is currently in read only mode.'
const vfs = '/admin/vfs'

export function fileEndpoints(target: AdminTarget, keys: KeyRing): readonly AdminEndpoint[] {
  const endpoint = (
    method: AdminEndpoint['method'],
    pattern: string,
    operation: string,
    answer: AdminEndpoint['answer'],
  ): AdminEndpoint => ({
    method,
    pattern,
    operation,
    answer: (request) => refuseCaller(request.call, keys) ?? answer(request),
  })
  const file = `${vfs}/{*path}`
  return [
    endpoint(['GET', 'HEAD'], file, 'Files_Get', (request) => get(target, request)),
    endpoint('PUT', file, 'Files_Put', (request) => change(target, request, put)),
    endpoint('DELETE', file, 'Files_Delete', (request) => change(target, request, remove)),
    endpoint('GET', '/admin/functions/download', 'Functions_Download', (request) =>
      download(target, request),
    ),
    endpoint('PUT', '/admin/functions/{name}', 'Functions_CreateOrUpdate', (request) =>
      createFunction(target, request),
    ),
    endpoint('DELETE', '/admin/functions/{name}', 'Functions_Delete', (request) =>
      deleteFunction(target, request),
    ),
  ]
}

/** Whether the app's files may be changed where they lie. */
export function isReadOnly({ configuration }: AdminTarget): boolean {
  if (configuration.package) return true
  const packaged = configuration.context.setting('WEBSITE_RUN_FROM_PACKAGE')
  return packaged !== undefined && packaged !== '' && packaged !== '0'
}

/** A file that was asked for, and what is there. */
interface Found {
  readonly root: string
  readonly path: string
  readonly facts: FileFacts | undefined
  /** Whether the URL ends as that of a folder. */
  readonly isFolderUrl: boolean
}

/** Undefined = none of the app's. */
async function find(target: AdminTarget, request: AdminRequest): Promise<Found | undefined> {
  const { rootDirectory: root } = target.configuration.context
  const { testDataFolder } = target
  const path = request.call.path.slice(vfs.length)
  const absolute = resolve('/', path)
  if (isTestData(testDataFolder, absolute)) {
    await ensureTestData(absolute)
    return { root: testDataFolder, path: absolute, facts: await factsOf(absolute), isFolderUrl: false }
  }
  const located = locateFile(root, path, queryOf(request).relativePath === '1')
  return located === undefined
    ? undefined
    : { root, path: located, facts: await factsOf(located), isFolderUrl: path.endsWith('/') }
}

async function get(target: AdminTarget, request: AdminRequest): Promise<Reply | 'streamed'> {
  const found = await find(target, request)
  if (!found) return emptyReply(403)
  const { root, path, facts, isFolderUrl } = found
  if (!facts) return jsonReply(404, `'${path}' not found.`)
  if (facts.isFolder === isFolderUrl)
    return facts.isFolder ? readFolder(root, path, request) : readContent(path, facts, request)
  return redirect(request, facts)
}

/** To the URL that says whether it is a folder. */
function redirect(request: AdminRequest, { isFolder }: FileFacts): Reply {
  const url = encodeURI(selfUrl(request))
  const location = `${isFolder ? `${url}/` : url.replace(/\/+$/, '')}${request.call.query}`
  return { status: 307, headers: ['Location', location], body: undefined }
}

async function change(
  target: AdminTarget,
  request: AdminRequest,
  act: (found: Found, request: AdminRequest) => Promise<Reply>,
): Promise<Reply> {
  if (isReadOnly(target)) return badRequest(readOnlyText)
  const found = await find(target, request)
  if (!found || !(await isInPlace(found.root, found.path))) return emptyReply(403)
  return act(found, request)
}

async function put({ path, facts, isFolderUrl }: Found, request: AdminRequest): Promise<Reply> {
  return isFolderUrl || facts?.isFolder ? makeFolder(path, facts) : writeContent(path, facts, request)
}

async function remove({ root, path, facts, isFolderUrl }: Found, request: AdminRequest): Promise<Reply> {
  if (!facts) return jsonReply(404, `'${path}' not found.`)
  if (path === root) return emptyReply(403)
  if (!facts.isFolder) return isFolderUrl ? redirect(request, facts) : deleteFile(path, facts, request)
  return deleteFolder(path, /^true$/i.test(queryOf(request).recursive ?? '') ? 'recursive' : 'empty')
}

async function download(target: AdminTarget, request: AdminRequest): Promise<'streamed'> {
  const { rootDirectory, name } = target.configuration.context
  const response = request.call.openStream([
    ...['Content-Type', 'application/octet-stream'],
    ...['Content-Disposition', `attachment; filename*=UTF-8''${encodeURIComponent(name)}.zip`],
  ])
  const isWithSettings = /^true$/i.test(queryOf(request).includeAppSettings ?? '')
  try {
    await writeAppZip(rootDirectory, response, isWithSettings ? 'with' : 'without')
  } catch (error) {
    // What the client has is no zip file, and must not look like one.
    response.destroy()
    throw error
  }
  return 'streamed'
}

async function createFunction(target: AdminTarget, request: AdminRequest): Promise<Reply> {
  const { name = '' } = request.params
  if (isReadOnly(target)) return badRequest(`${readOnlyText} Cannot create or update functions.`)
  if (!isValidFunctionName(name)) return badRequest(`${name} is not a valid function name`)
  let content: ReturnType<typeof parseFunctionFiles>
  try {
    content = parseFunctionFiles(await readJsonBody(request))
  } catch (error) {
    return badRequest((error as Error).message)
  }
  const { files, config, testData } = content
  if (testData !== undefined) await writeTestData(target.testDataFolder, name, testData)
  if (files !== undefined || config !== undefined) {
    await writeFunctionFolder(target.configuration.context.rootDirectory, name, content)
    await target.restart()
  }
  const made = target.functions.find((each) => each.name.toLowerCase() === name.toLowerCase())
  if (made) return jsonReply(201, await functionMetadata(target, made, originOf(request)))
  const problems = target.problems.filter((problem) => problem.name.toLowerCase() === name.toLowerCase())
  return jsonReply(500, { errors: [...problems.map(({ message }) => message), ...target.errors] })
}

async function deleteFunction(target: AdminTarget, request: AdminRequest): Promise<Reply> {
  const found = target.functions.find(({ name }) => name.toLowerCase() === request.params.name?.toLowerCase())
  if (!found) return emptyReply(404)
  if (isReadOnly(target)) return badRequest(readOnlyText)
  const folder = functionFolder(target.configuration.context.rootDirectory, found.name)
  if (!folder)
    return badRequest(`The function '${found.name}' is registered in code, not in a folder of its own.`)
  await deleteFolder(folder, 'recursive')
  await removeTestData(target.testDataFolder, found.name)
  await target.restart()
  return emptyReply(204)
}
