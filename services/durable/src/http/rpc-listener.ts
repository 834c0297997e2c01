/**
 * The loopback address by which the SDKs of family A make every client call: no key is asked for, the hub stands in
 * the path (`/<hub>/durabletask/…`), for one listener serves all apps of the process. So does the invocation that was
 * given the address, when somebody traces it (`/<hub>/<traceparent>/durabletask/…`): the SDKs send no such header.
 */
import { type Clock, HttpListener, type Logger } from '@aloft/kernel'
import type { ApiServices } from './api-call.ts'
import { serveCall } from './serve.ts'

export interface RpcListenerOptions {
  readonly clock: Clock
  readonly log: Logger
  /** The port to try first. @default 17071 */
  readonly port?: number
  /** Undefined when there is no such hub. */
  services(hub: string): Promise<ApiServices | undefined>
}

export interface RpcListener {
  /** The base address for clients of a hub; it ends with `rpcBasePath`, since SDKs resolve against it. */
  baseUrl(hub: string): string
  close(): Promise<void>
}

const usualPort = 17071
/** In front of it there is room for a `traceparent`. */
export const rpcBasePath = '/durabletask/'

/** @throws UserError when there is no free port at all */
export async function openRpcListener(options: RpcListenerOptions): Promise<RpcListener> {
  const wanted = options.port ?? usualPort
  const listener = await openAt(options, wanted).catch((error: unknown) => {
    if (wanted === 0) throw error
    return openAt(options, 0)
  })
  return {
    baseUrl: (hub) => `http://127.0.0.1:${listener.port}/${encodeURIComponent(hub)}${rpcBasePath}`,
    close: () => listener.close({ graceMs: 0 }),
  }
}

function openAt(options: RpcListenerOptions, port: number): Promise<HttpListener> {
  const { clock, log, services } = options
  return HttpListener.open({
    host: '127.0.0.1',
    port,
    clock,
    log,
    handler(request, response) {
      const url = request.url ?? '/'
      const mark = url.indexOf('?')
      const path = mark < 0 ? url : url.slice(0, mark)
      const [, hub = '', ...parts] = path.split('/').map(decodeLeniently)
      const traceParent = parts[0]?.startsWith('00-') ? parts.shift() : undefined
      const [base = '', ...rest] = parts
      const serve = async () => {
        const found = base.toLowerCase() === 'durabletask' ? await services(hub) : undefined
        if (!found) {
          response.writeHead(404, { 'Content-Length': 0 }).end()
          return
        }
        const query = mark < 0 ? '' : url.slice(mark)
        const { origin } = found.address
        await serveCall({ request, response, rest: rest.join('/'), query, origin, traceParent }, found)
      }
      serve().catch((error: unknown) => {
        log.error(`${request.method} ${path} failed: ${String(error)}`)
        response.destroy()
      })
    },
  })
}

/** SDKs do not encode ids; a percent sign may stand for itself. */
function decodeLeniently(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
