/** The `sip` of a shared access signature: an IPv4 address or a range of them. */

/** @param address of the client, also as IPv4 within IPv6 (`::ffff:127.0.0.1`) */
export function isInIpRange(range: string, address: string): boolean {
  const [first = '', last = first] = range.split('-').map((each) => each.trim())
  const asked = numberOf(address.startsWith('::ffff:') ? address.slice(7) : address)
  const low = numberOf(first)
  const high = numberOf(last)
  if (low === undefined || high === undefined) return first === address
  // The loopback of the other family is the same machine.
  const inFamily = asked ?? (address === '::1' ? numberOf('127.0.0.1') : undefined)
  return inFamily !== undefined && low <= inFamily && inFamily <= high
}

function numberOf(address: string): number | undefined {
  const parts = address.split('.')
  if (parts.length !== 4 || parts.some((part) => !/^\d{1,3}$/.test(part) || Number(part) > 255))
    return undefined
  return parts.reduce((sum, part) => sum * 256 + Number(part), 0)
}
