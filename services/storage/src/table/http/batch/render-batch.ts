/**
 * The answers to batches, byte for byte as clients take them apart (REST reference, "Performing entity group
 * transactions").
 */
import { STATUS_CODES } from 'node:http'
import { newId } from '@aloft/kernel'
import type { StorageRequest, StorageResponse } from '../../../contracts.ts'
import { isoTime } from '../../../protocol/http-date.ts'
import { odataError, type StorageError } from '../../../protocol/storage-error.ts'
import { etagOf } from '../../etag.ts'
import { contentTypeOf } from '../format.ts'
import { entityPath, renderEntity } from '../json.ts'
import type { BatchChange } from './execute-batch.ts'

const partStart = 'Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n'
const commonHeaders = 'X-Content-Type-Options: nosniff\r\nCache-Control: no-cache\r\n'
const version = 'DataServiceVersion: 3.0;\r\n'

/** All changes were made. */
export function renderChanges(
  request: StorageRequest,
  changes: readonly BatchChange[],
  timestamps: readonly string[],
): StorageResponse {
  const separator = `--changesetresponse_${newId()}`
  let text = ''
  for (const [index, change] of changes.entries())
    text += `${separator}\r\n${partStart}${renderChange(request, change, timestamps[index]!)}\r\n`
  return changesetAnswer(separator, text)
}

/** Nothing was changed, because of the change `index`. */
export function renderFailure(request: StorageRequest, error: StorageError, index: number): StorageResponse {
  const separator = `--changesetresponse_${newId()}`
  return changesetAnswer(separator, `${separator}\r\n${partStart}${renderError(request, error, index)}\r\n`)
}

export function renderQuery(answer: {
  readonly contentType: string
  readonly etag: string
  readonly body: string
}): StorageResponse {
  return batchAnswer(
    `${partStart}${statusLine(200)}${version}Content-Type: ${answer.contentType}\r\n${commonHeaders}ETag: ${answer.etag}\r\n\r\n${answer.body}\r\n`,
  )
}

export function renderQueryFailure(request: StorageRequest, error: StorageError): StorageResponse {
  return batchAnswer(`${partStart}${renderError(request, error, 0)}`)
}

function changesetAnswer(separator: string, parts: string): StorageResponse {
  const type = `Content-Type: multipart/mixed; boundary=${separator.slice(2)}`
  return batchAnswer(`${type}\r\n\r\n${parts}${separator}--\r\n`)
}

function batchAnswer(part: string): StorageResponse {
  const boundary = `batchresponse_${newId()}`
  return {
    status: 202,
    headers: {
      'Content-Type': `multipart/mixed; boundary=${boundary}`,
      'Cache-Control': 'no-cache',
      'X-Content-Type-Options': 'nosniff',
    },
    body: `--${boundary}\r\n${part}--${boundary}--\r\n`,
  }
}

function renderChange(request: StorageRequest, entry: BatchChange, timestamp: string): string {
  const { change, table, level, preference, contentId } = entry
  const id = contentId === undefined ? '' : `Content-ID: ${contentId}\r\n`
  if (change.kind === 'delete') return `${statusLine(204)}${id}${commonHeaders}${version}\r\n`
  const etag = `ETag: ${etagOf(timestamp)}\r\n`
  const url = `${request.endpoint}/${entityPath(table, change)}`
  const location = `Location: ${url}\r\nDataServiceId: ${url}\r\n`
  if (change.kind !== 'insert')
    return `${statusLine(204)}${id}${commonHeaders}${version}${location}${etag}\r\n`
  const applied = preference === undefined ? '' : `Preference-Applied: ${preference}\r\n`
  if (preference !== 'return-content')
    return `${statusLine(204)}${id}${commonHeaders}${applied}${version}${location}${etag}\r\n`
  const context = { level, endpoint: request.endpoint, account: request.account.name }
  const body = renderEntity(context, table, { ...change, timestamp }, undefined)
  return `${statusLine(201)}${id}${commonHeaders}${applied}${version}Content-Type: ${contentTypeOf(level)}\r\n${location}${etag}\r\n${body}\r\n`
}

function renderError({ requestId, now }: StorageRequest, error: StorageError, index: number): string {
  const message = `${index}:${error.message}\nRequestId:${requestId}\nTime:${isoTime(now)}`
  const type = contentTypeOf('minimalmetadata')
  return `${statusLine(error.status)}${commonHeaders}${version}Content-Type: ${type}\r\n\r\n${odataError(error.code, message)}\r\n`
}

function statusLine(status: number): string {
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n`
}
