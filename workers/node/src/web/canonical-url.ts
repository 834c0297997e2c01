/** URLs that the URL parser leaves as they are, recognised without parsing. */

const host = /(?:[a-z0-9_-]+\.)*[a-z][a-z0-9_-]*/
const ipv4 = /(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)\.){3}(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)/
const port = /[1-9]\d{0,3}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d\d|655[0-2]\d|6553[0-5]/
const canonical = new RegExp(
  `^https?://(?:${host.source}|${ipv4.source})(?::(?:${port.source}))?/[\\w\\-.~!$&()*+,;=:@%/]*(?:\\?[\\w\\-.~!$&()*+,;=:@%/?]*)?$`,
)
/** Default ports disappear, dot segments are resolved, international host names are checked. */
const special = /^http:\/\/[^/]*:80\/|^https:\/\/[^/]*:443\/|\/(?:\.|%2e)|\/\/(?:[^/]*\.)?xn--/i

/** Whether `new URL(url).href === url`; false also for some URLs of which it is true. */
export function isCanonicalUrl(url: unknown): url is string {
  return typeof url === 'string' && canonical.test(url) && !special.test(url)
}
