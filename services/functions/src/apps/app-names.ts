/** By which names the apps of one process are told apart: by callers in requests, and in what is kept of them. */
import { type DirectHandler, type RequestHandler, UserError } from '@aloft/kernel'

const suffix = '.localhost'
/** A label of a host name (RFC 1123). */
const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/

/** What answers an app's requests: `direct` is asked first, as by an `HttpListener`. */
export interface AppHandlers {
  readonly handler: RequestHandler
  readonly direct: DirectHandler
}

export class AppNames {
  /** App names by host id. */
  readonly #hostIds = new Map<string, string>()
  readonly #handlers = new Map<string, AppHandlers>()

  /** In order of arrival. */
  get names(): readonly string[] {
    return [...this.#handlers.keys()]
  }

  get count(): number {
    return this.#handlers.size
  }

  has(name: string): boolean {
    return this.#handlers.has(name)
  }

  /** @param name from `hostLabel`; must not be taken */
  add(name: string, handlers: AppHandlers): void {
    this.#handlers.set(name, handlers)
  }

  remove(name: string): void {
    this.#handlers.delete(name)
  }

  /**
   * No other app may use `hostId` until the returned function is called.
   * @throws UserError when one does: the two would share keys, timers and locks
   */
  claimHostId(hostId: string, appName: string): () => void {
    const holder = this.#hostIds.get(hostId)
    if (holder !== undefined)
      throw new UserError(`The apps '${holder}' and '${appName}' have the same host id '${hostId}'.`, {
        hint: 'Run each folder once, or give one of them the app setting AzureFunctionsWebHost__hostid.',
      })
    this.#hostIds.set(hostId, appName)
    return () => void this.#hostIds.delete(hostId)
  }

  /**
   * What answers requests for `<app>.localhost`, or for the app's name alone.
   * @param host as in the `Host` header of a request, with or without a port
   */
  find(host: string | undefined): AppHandlers | undefined {
    return host === undefined ? undefined : this.#handlers.get(nameOf(host))
  }
}

/**
 * The name of an app as a label of a host name: in lower case, with `-` for what cannot be in one. Undefined when
 * nothing is left of it.
 */
export function hostLabel(appName: string): string | undefined {
  const name = appName
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 63)
    .replace(/^-+|-+$/g, '')
  return label.test(name) && name !== 'localhost' ? name : undefined
}

/** Where an app answers on a listener that several share. */
export function hostNameOf(name: string, port: number): string {
  return `${name}${suffix}:${port}`
}

function nameOf(host: string): string {
  const colon = host.indexOf(':')
  const name = (colon < 0 ? host : host.slice(0, colon)).toLowerCase()
  return name.endsWith(suffix) ? name.slice(0, -suffix.length) : name
}
