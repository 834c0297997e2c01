/** One address for many apps: each request goes to the app that its `Host` header names. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { TlsOptions } from 'node:tls'
import { type Clock, HttpListener, type Logger, sendText } from '@aloft/kernel'
import { type AppNames, hostNameOf } from './app-names.ts'

export interface SharedFrontOptions {
  readonly names: AppNames
  /** @default 'localhost' */
  readonly host: string | undefined
  /** 0 = any free one. */
  readonly port: number
  /** Makes the port speak TLS besides plain HTTP. */
  readonly tls: (() => Promise<TlsOptions>) | undefined
  readonly log: Logger
  readonly clock: Clock
}

/** More names would not be read. */
const mostListed = 50

export class SharedFront {
  readonly #listener: HttpListener

  private constructor(listener: HttpListener) {
    this.#listener = listener
  }

  /** @throws UserError when the port or the address cannot be had */
  static async open(options: SharedFrontOptions): Promise<SharedFront> {
    const { names } = options
    const listener = await HttpListener.open({
      ...options,
      handler(request, response) {
        const app = names.find(request.headers.host)
        if (app) app.handler(request, response)
        else answerUnknown(names, request, response)
      },
      direct: (exchange) => names.find(exchange.headers.host)?.direct(exchange) ?? false,
    })
    return new SharedFront(listener)
  }

  get port(): number {
    return this.#listener.port
  }

  /** Lets requests in hand end, at most for `graceMs`. */
  close(options: { readonly graceMs: number }): Promise<void> {
    return this.#listener.close(options)
  }
}

function answerUnknown({ names }: AppNames, request: IncomingMessage, response: ServerResponse): void {
  const text = [`No app here has the name '${request.headers.host ?? ''}'.`]
  // Who is not on this machine need not know what else runs here.
  if (isLoopback(request.socket.remoteAddress)) {
    const port = request.socket.localPort ?? 0
    text.push(
      '',
      'The apps are:',
      ...names.slice(0, mostListed).map((name) => `http://${hostNameOf(name, port)}`),
    )
    if (names.length > mostListed) text.push(`and ${names.length - mostListed} more`)
    text.push('', "A client that cannot resolve these names sends the app's name as its Host header.")
  }
  sendText(response, 404, `${text.join('\n')}\n`)
}

function isLoopback(address: string | undefined): boolean {
  return address === '::1' || /^(?:::ffff:)?127\./.test(address ?? '')
}
