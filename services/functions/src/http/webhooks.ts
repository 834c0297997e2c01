/** `/runtime/webhooks/{extension}/{*rest}`: endpoints of extensions, opened by the extension's system key. */
import type { WebhookCall } from '@aloft/kernel'

/** Answers calls to one extension's webhooks; a rejection becomes a 500. */
export type WebhookHandler = (call: WebhookCall) => void | Promise<void>

export interface Webhook {
  readonly handle: WebhookHandler
  /** `system` = the extension's key or the master key; `anonymous` when the handler checks by itself. */
  readonly authLevel: 'system' | 'anonymous'
  /** Whose system key opens it. */
  readonly keyOwner: string
}

/** Webhooks by the extension's name, which ignores case. */
export class WebhookRegistry {
  readonly #webhooks = new Map<string, Webhook>()

  /**
   * @param keyOwner the extension whose system key opens it, when it is not this one
   * @throws Error when the extension is there already
   */
  add(
    extension: string,
    handle: WebhookHandler,
    authLevel: Webhook['authLevel'] = 'system',
    keyOwner = extension,
  ): void {
    const name = extension.toLowerCase()
    if (this.#webhooks.has(name)) throw new Error(`The extension '${extension}' has a webhook already.`)
    this.#webhooks.set(name, { handle, authLevel, keyOwner })
  }

  find(extension: string): Webhook | undefined {
    return this.#webhooks.get(extension.toLowerCase())
  }

  /** The extensions that need a system key. */
  get protectedExtensions(): readonly string[] {
    return [...this.#webhooks].filter(([, webhook]) => webhook.authLevel === 'system').map(([name]) => name)
  }
}

/** The second one is that of version 1. */
const prefixes = ['/runtime/webhooks/', '/admin/extensions/']

/** The extension and the rest of a webhook's path; undefined for other paths. */
export function parseWebhookPath(path: string): { extension: string; rest: string } | undefined {
  const prefix = prefixes.find((each) => path.slice(0, each.length).toLowerCase() === each)
  if (prefix === undefined) return undefined
  const tail = path.slice(prefix.length)
  const slash = tail.indexOf('/')
  const extension = slash === -1 ? tail : tail.slice(0, slash)
  if (extension === '') return undefined
  return { extension, rest: slash === -1 ? '' : tail.slice(slash + 1) }
}
