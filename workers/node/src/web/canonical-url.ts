/** URLs that the URL parser leaves as they are, recognised without parsing. */

const host = /(?:[a-z0-9_-]+\.)*[a-z][a-z0-9_-]*/
const ipv4 = /(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)\.){3}(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)/
const port = /[1-9]\d{0,3}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d\d|655[0-2]\d|6553[0-5]/
const origin = new RegExp(`^https?://(?:${host.source}|${ipv4.source})(?::(?:${port.source}))?(?=/)`)
/** Default ports disappear, international host names are checked. */
const specialOrigin = /^http:.*:80$|^https:.*:443$|[/.]xn--/
/** Path and query. Dot segments, which would be resolved, begin with a dot. */
const target = /(?:\/(?!\.|%2e)[\w\-.~!$&()*+,;=:@%]*)+(?:\?[\w\-.~!$&()*+,;=:@%/?]*)?$/iy

/** The last one found canonical: an app has few, and nearly all requests are for the same. */
let knownOrigin = ''

/** Whether `new URL(url).href === url`; false also for some URLs of which it is true. */
export function isCanonicalUrl(url: unknown): url is string {
  if (typeof url !== 'string') return false
  if (url[knownOrigin.length] !== '/' || knownOrigin === '' || !url.startsWith(knownOrigin)) {
    const found = origin.exec(url)?.[0]
    if (found === undefined || specialOrigin.test(found)) return false
    knownOrigin = found
  }
  target.lastIndex = knownOrigin.length
  return target.test(url)
}
