/**
 * Which account a request is for: by the first part of its path, or by its host name (Azure documentation, "Configure
 * Azure Storage connection strings").
 */

/** Where a request goes; all as sent. */
export interface RequestAddress {
  readonly account: string
  readonly isSecondary: boolean
  /** By the host name of the account's website. */
  readonly isWebsite: boolean
  /** The path of the URL: with the account in path style. */
  readonly urlPath: string
  /** What follows the account, from `/` on. */
  readonly path: string
  /** With the `?`, or ''. */
  readonly search: string
  /** What clients put before `path`, without the scheme and `//`. */
  readonly base: string
}

const secondarySuffix = '-secondary'

/**
 * @param url the target of the request, absolute or from `/` on
 * @param host the `Host` header
 * @param isAccount host names are taken for `<account>.blob.<domain>` only when there is that account: dotted names
 * of other networks use the path
 * @returns undefined when it names no account
 */
export function addressOf(
  url: string,
  host: string,
  isAccount: (name: string) => boolean,
): RequestAddress | undefined {
  const start = url.charCodeAt(0) === slash ? 0 : afterAuthority(url)
  if (start === -1) return undefined
  const question = url.indexOf('?', start)
  const end = question === -1 ? url.length : question
  const urlPath = start === end ? '/' : url.slice(start, end)
  const search = question === -1 ? '' : url.slice(question)
  const label = labelOf(host)
  if (label !== undefined && isAccount(primaryOf(label)))
    return addressed(label, { urlPath, path: urlPath, search, base: host, isWebsite: isWebsiteHost(host) })
  const next = urlPath.indexOf('/', 1)
  const account = next === -1 ? urlPath.slice(1) : urlPath.slice(1, next)
  if (account === '') return undefined
  const path = next === -1 ? '/' : urlPath.slice(next)
  return addressed(account, { urlPath, path, search, base: `${host}/${account}`, isWebsite: false })
}

const slash = 0x2f
/** `account.web.localhost`; in Azure a zone stands between, as in `account.z6.web.core.windows.net`. */
const websiteForm = /^[^.]+\.(?:z\d+\.)?web\./i

export function isWebsiteHost(host: string): boolean {
  return websiteForm.test(host)
}

export function websiteHostOf(account: string): string {
  return `${account}.web.localhost`
}

function addressed(name: string, rest: Omit<RequestAddress, 'account' | 'isSecondary'>): RequestAddress {
  return {
    account: primaryOf(name),
    isSecondary: name.endsWith(secondarySuffix),
    isWebsite: rest.isWebsite,
    urlPath: rest.urlPath,
    path: rest.path,
    search: rest.search,
    base: rest.base,
  }
}

function primaryOf(name: string): string {
  return name.endsWith(secondarySuffix) ? name.slice(0, -secondarySuffix.length) : name
}

/** Index of the path in an absolute URL; -1 when it is none. */
function afterAuthority(url: string): number {
  const scheme = /^https?:\/\/[^/?]*/i.exec(url)
  return scheme ? scheme[0].length : -1
}

/** What stands before the first dot of a host name that has one; undefined for addresses and plain names. */
function labelOf(host: string): string | undefined {
  const dot = host.indexOf('.')
  if (dot <= 0 || host.charCodeAt(0) === bracket || host.startsWith('host.docker.')) return undefined
  // Account names may begin with a digit, so that only the whole tells an address from a name.
  if (isDigit(host.charCodeAt(0)) && ipv4Form.test(host)) return undefined
  return host.slice(0, dot).toLowerCase()
}

const bracket = 0x5b
const ipv4Form = /^\d{1,3}(\.\d{1,3}){3}(:\d+)?$/

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39
}
