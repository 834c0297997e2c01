/**
 * Storage connection strings: `Key=value` pairs between semicolons (Azure documentation, "Configure Azure Storage
 * connection strings").
 */
import type { ServiceName } from '../contracts.ts'

/** Keys as documented; `undefined` when the text has no such pair. */
export type ConnectionParts = Readonly<Record<string, string | undefined>>

/** Undefined for what is no list of pairs. Values may contain `=`. */
export function parseConnectionString(text: string): ConnectionParts | undefined {
  const parts: Record<string, string> = {}
  for (const pair of text.split(';')) {
    if (pair.trim() === '') continue
    const equals = pair.indexOf('=')
    if (equals <= 0) return undefined
    parts[pair.slice(0, equals).trim()] = pair.slice(equals + 1).trim()
  }
  return Object.keys(parts).length > 0 ? parts : undefined
}

export function isDevelopmentStorage(parts: ConnectionParts): boolean {
  return parts.UseDevelopmentStorage?.toLowerCase() === 'true'
}

/** Where the service is, as the SDKs make it of a connection string; undefined when it does not say. */
export function endpointOf(parts: ConnectionParts, service: ServiceName): URL | undefined {
  const own = parts[`${service[0]!.toUpperCase()}${service.slice(1)}Endpoint`]
  const { AccountName, DefaultEndpointsProtocol = 'https', EndpointSuffix = 'core.windows.net' } = parts
  const text =
    own ?? (AccountName && `${DefaultEndpointsProtocol}://${AccountName}.${service}.${EndpointSuffix}`)
  return text && URL.canParse(text) ? new URL(text) : undefined
}
