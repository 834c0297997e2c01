/** A name, an IPv4 address, or an IPv6 address in brackets; and a port (RFC 9112, 3.2; RFC 3986, 3.2.2). */
const pattern = /^(?:[\w\-.~!$&'()*+,;=%]*|\[[\da-f:.]+\])(?::\d{0,5})?$/i

/** Nearly all requests are for the same. */
let known = ''

/** Whether it may stand in a `Host` header. An empty one may. */
export function isHost(text: string): boolean {
  if (text === known) return true
  if (!pattern.test(text)) return false
  known = text
  return true
}
