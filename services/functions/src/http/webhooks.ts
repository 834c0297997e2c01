/** `/runtime/webhooks/{extension}/{*rest}`: endpoints of extensions, opened by the extension's system key. */
import type { IncomingMessage, ServerResponse } from 'node:http'

export interface WebhookCall {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** What follows the extension's name, decoded, without a leading `/`. */
  readonly rest: string
  /** As sent, from `?` on. */
  readonly query: string
}

/** Answers calls to one extension's webhooks; a rejection becomes a 500. */
export type WebhookHandler = (call: WebhookCall) => void | Promise<void>

export interface Webhook {
  readonly handle: WebhookHandler
  /** `system` = the extension's key or the master key; `anonymous` when the handler checks by itself. */
  readonly authLevel: 'system' | 'anonymous'
}

/** Webhooks by the extension's name, which ignores case. */
export class WebhookRegistry {
  readonly #webhooks = new Map<string, Webhook>()

  /** @throws Error when the extension is there already */
  add(extension: string, handle: WebhookHandler, authLevel: Webhook['authLevel'] = 'system'): void {
    const name = extension.toLowerCase()
    if (this.#webhooks.has(name)) throw new Error(`The extension '${extension}' has a webhook already.`)
    this.#webhooks.set(name, { handle, authLevel })
  }

  find(extension: string): Webhook | undefined {
    return this.#webhooks.get(extension.toLowerCase())
  }

  /** The extensions that need a system key. */
  get protectedExtensions(): readonly string[] {
    return [...this.#webhooks].filter(([, webhook]) => webhook.authLevel === 'system').map(([name]) => name)
  }
}

const prefix = '/runtime/webhooks/'

/** The extension and the rest of a webhook's path; undefined for other paths. */
export function parseWebhookPath(path: string): { extension: string; rest: string } | undefined {
  if (path.slice(0, prefix.length).toLowerCase() !== prefix) return undefined
  const tail = path.slice(prefix.length)
  const slash = tail.indexOf('/')
  const extension = slash === -1 ? tail : tail.slice(0, slash)
  if (extension === '') return undefined
  return { extension, rest: slash === -1 ? '' : tail.slice(slash + 1) }
}
