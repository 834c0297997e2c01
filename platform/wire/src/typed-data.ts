/**
 * Values on their way between host and function, in the shapes of the Functions RPC contract
 * (azure-functions-language-worker-protobuf, camel-cased as in `@azure/functions-core`).
 */

/** Exactly one member is set. */
export interface TypedData {
  string?: string | null
  /** JSON text. */
  json?: string | null
  bytes?: Uint8Array | null
  stream?: Uint8Array | null
  http?: RpcHttp | null
  int?: number | null
  double?: number | null
  collectionBytes?: { bytes: Uint8Array[] } | null
  collectionString?: { string: string[] } | null
  collectionDouble?: { double: number[] } | null
  collectionSint64?: { sint64: number[] } | null
  modelBindingData?: ModelBindingData | null
  collectionModelBindingData?: { modelBindingData: ModelBindingData[] } | null
}

/** A reference from which the worker's library builds an SDK client ("deferred binding"). */
export interface ModelBindingData {
  version: string
  /** E.g. `AzureStorageBlobs`. */
  source: string
  contentType: string
  content: Uint8Array
}

export interface RpcHttp {
  method?: string
  /** Absolute. */
  url?: string
  /** Lower-case names; repeated headers joined with `,`. */
  headers?: Record<string, string>
  body?: TypedData | null
  /** Route parameters. */
  params?: Record<string, string>
  /** Repeated keys joined with `,`. */
  query?: Record<string, string>
  statusCode?: string | null
  enableContentNegotiation?: boolean
  cookies?: RpcHttpCookie[]
}

export interface RpcHttpCookie {
  name: string
  value: string
  domain?: { value: string } | null
  path?: { value: string } | null
  expires?: { value: { seconds: number; nanos?: number } } | null
  secure?: { value: boolean } | null
  httpOnly?: { value: boolean } | null
  sameSite?: 'none' | 'lax' | 'strict' | 'explicitNone' | null
  /** Seconds. */
  maxAge?: { value: number } | null
}
