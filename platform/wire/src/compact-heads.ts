/**
 * Heads of the two frames that make up nearly all traffic, an HTTP request to one function and its plain answer,
 * as arrays: parsing one takes a quarter of the time of the object with the same content (`./aloft bench worker`).
 * The tail of such a frame is the body. Everything that does not fit goes as an object.
 */
import type { RpcHttp, RpcHttpCookie, TypedData } from './typed-data.ts'
import type { InvokeMessage, ResultMessage } from './worker-protocol.ts'

type Texts = Record<string, string>

export type CompactInvoke = [
  invocationId: string,
  functionId: string,
  inputName: string,
  method: string | undefined,
  url: string | undefined,
  headers: Texts | undefined,
  query: Texts | undefined,
  params: Texts | undefined,
  hasBody: 0 | 1,
  hasTriggerMetadata: 0 | 1,
  traceParent: string | undefined,
  traceState: string | undefined,
  attributes: Texts | undefined,
]

export type CompactResult = [
  invocationId: string,
  statusCode: string | null | undefined,
  headers: Texts | undefined,
  cookies: RpcHttpCookie[] | undefined,
  enableContentNegotiation: boolean | undefined,
  hasBody: 0 | 1,
]

/** Undefined when the message does not fit. */
export function compactInvoke(message: InvokeMessage): CompactInvoke | undefined {
  const { inputData, triggerMetadata, traceContext, retryContext } = message
  const http = inputData.length === 1 ? inputData[0]?.data.http : undefined
  if (!http || retryContext || (triggerMetadata && !isEmpty(triggerMetadata))) return undefined
  if (http.statusCode != null || http.cookies || http.enableContentNegotiation !== undefined) return undefined
  if (!isBody(http.body)) return undefined
  return [
    message.invocationId,
    message.functionId,
    (inputData[0] as { name: string }).name,
    http.method,
    http.url,
    http.headers,
    http.query,
    http.params,
    http.body ? 1 : 0,
    triggerMetadata ? 1 : 0,
    traceContext?.traceParent,
    traceContext?.traceState,
    traceContext?.attributes,
  ]
}

export function expandInvoke(head: CompactInvoke, body: Uint8Array): InvokeMessage {
  return {
    invocationId: head[0],
    functionId: head[1],
    inputData: [
      {
        name: head[2],
        data: {
          http: {
            method: head[3] ?? undefined,
            url: head[4] ?? undefined,
            headers: head[5] ?? undefined,
            query: head[6] ?? undefined,
            params: head[7] ?? undefined,
            body: head[8] ? { bytes: body } : undefined,
          },
        },
      },
    ],
    triggerMetadata: head[9] ? {} : undefined,
    traceContext:
      head[10] == null
        ? undefined
        : { traceParent: head[10], traceState: head[11] ?? '', attributes: head[12] ?? {} },
    retryContext: undefined,
  }
}

/** Undefined when the message does not fit. */
export function compactResult(message: ResultMessage): CompactResult | undefined {
  const http = message.returnValue?.http
  if (!http || message.error || message.outputData.length > 0 || !isBody(http.body)) return undefined
  if (http.method !== undefined || http.url !== undefined || http.params || http.query) return undefined
  return [
    message.invocationId,
    http.statusCode,
    http.headers,
    http.cookies,
    http.enableContentNegotiation,
    http.body ? 1 : 0,
  ]
}

export function expandResult(head: CompactResult, body: Uint8Array): ResultMessage {
  const http: RpcHttp = {
    statusCode: head[1] ?? undefined,
    headers: head[2] ?? undefined,
    cookies: head[3] ?? undefined,
    enableContentNegotiation: head[4] ?? undefined,
    body: head[5] ? { bytes: body } : undefined,
  }
  return { invocationId: head[0], outputData: [], returnValue: { http }, error: undefined }
}

/** Whether the tail alone can carry it. */
function isBody(body: TypedData | null | undefined): boolean {
  return !body || !!body.bytes
}

function isEmpty(object: object): boolean {
  for (const _ in object) return false
  return true
}
