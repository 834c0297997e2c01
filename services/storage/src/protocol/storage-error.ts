/** Errors of the storage services: status, code and message as Azure sends them, rendered here and nowhere else. */
import type { ServiceName, StorageResponse } from '../contracts.ts'
import { escapeXml } from './escape-xml.ts'
import { isoTime } from './http-date.ts'

/** One row of a service's error catalogue. */
export interface StorageErrorRow {
  readonly status: number
  /** Azure's own words. */
  readonly message: string
}

/** What one occurrence of an error says beyond its row. */
export interface StorageErrorDetail {
  /** Further XML elements in their order, e.g. `HeaderName`; undefined ones are left out. */
  readonly elements?: Readonly<Record<string, string | number | undefined>>
  /** Further response headers. */
  readonly headers?: Readonly<Record<string, string | undefined>>
  /** Instead of the row's. */
  readonly message?: string
  readonly status?: number
}

/** An answer that is an error of the protocol; thrown from anywhere below the front. */
export class StorageError extends Error {
  override readonly name = 'StorageError'
  readonly status: number
  readonly code: string
  readonly elements: Readonly<Record<string, string | number | undefined>>
  readonly headers: Readonly<Record<string, string | undefined>>

  constructor(code: string, row: StorageErrorRow, detail: StorageErrorDetail = nothing) {
    super(detail.message ?? row.message)
    this.code = code
    this.status = detail.status ?? row.status
    this.elements = detail.elements ?? nothing
    this.headers = detail.headers ?? nothing
  }
}

const nothing = Object.freeze({})

/** Declares errors once; each becomes a function that makes it: `throw blobErrors.BlobNotFound()`. */
export function storageErrors<Rows extends Record<string, StorageErrorRow>>(
  rows: Rows,
): { readonly [Code in keyof Rows]: (detail?: StorageErrorDetail) => StorageError } {
  const makers = Object.entries(rows).map(([code, row]) => [
    code,
    (detail?: StorageErrorDetail) => new StorageError(code, row, detail),
  ])
  return Object.fromEntries(makers)
}

/** What the rendering of an error needs to know of its request. */
export interface FailedRequest {
  readonly service: ServiceName
  readonly method: string
  readonly requestId: string
  /** Milliseconds since 1970. */
  readonly now: number
}

/** The answer: XML of Blob and Queue, JSON of Table; none for HEAD and 304. */
export function renderStorageError(error: StorageError, request: FailedRequest): StorageResponse {
  const headers = { 'x-ms-error-code': error.code, ...error.headers }
  if (request.method === 'HEAD' || error.status === 304) return { status: error.status, headers }
  const message = `${error.message}\nRequestId:${request.requestId}\nTime:${isoTime(request.now)}`
  return request.service === 'table'
    ? {
        status: error.status,
        headers: { ...headers, 'Content-Type': odataType },
        body: odataError(error.code, message, error.elements),
      }
    : {
        status: error.status,
        headers: { ...headers, 'Content-Type': 'application/xml' },
        body: xmlError(error, message),
      }
}

const odataType = 'application/json;odata=minimalmetadata;streaming=true;charset=utf-8'

/**
 * The body of a table error.
 * @param details what the other services say in XML elements of their own
 */
export function odataError(
  code: string,
  message: string,
  details: StorageErrorDetail['elements'] = nothing,
): string {
  const innererror = Object.keys(details).length === 0 ? undefined : details
  return JSON.stringify({ 'odata.error': { code, message: { lang: 'en-US', value: message }, innererror } })
}

function xmlError(error: StorageError, message: string): string {
  let elements = ''
  for (const [name, value] of Object.entries(error.elements))
    if (value !== undefined) elements += `<${name}>${escapeXml(String(value))}</${name}>`
  return `<?xml version="1.0" encoding="utf-8"?><Error><Code>${error.code}</Code><Message>${escapeXml(message)}</Message>${elements}</Error>`
}
