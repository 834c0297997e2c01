/** Connections that bindings name: a connection string, or the parts of the `__` identity form. */
import type { Connection, Settings } from '@aloft/kernel'

/** Parts that Azure's connection factories read, in the spelling in which consumers ask for them. */
const knownParts = [
  'serviceUri',
  'blobServiceUri',
  'queueServiceUri',
  'tableServiceUri',
  'fullyQualifiedNamespace',
  'accountEndpoint',
  'accountName',
  'endpoint',
  'connectionString',
  'credential',
  'clientId',
  'clientSecret',
  'tenantId',
  'managedIdentityResourceId',
]
const spellings = new Map(knownParts.map((part) => [part.toLowerCase(), part]))

/**
 * Resolves `name`. As in Azure `AzureWebJobs<name>` is tried before the plain name, and each first among the
 * `ConnectionStrings`; empty settings count as absent. Undefined when nothing is there.
 */
export function resolveConnection(settings: Settings, name: string): Connection | undefined {
  for (const candidate of [`AzureWebJobs${name}`, name]) {
    for (const key of [`ConnectionStrings:${candidate}`, candidate]) {
      const connectionString = settings.get(key) || undefined
      const parts = readParts(settings, key)
      if (connectionString !== undefined || Object.keys(parts).length > 0) {
        return { name, connectionString: connectionString ?? parts.connectionString, parts }
      }
    }
  }
  return undefined
}

function readParts(settings: Settings, key: string): Record<string, string> {
  const parts = Object.entries(settings.section(key)).filter(
    ([part, value]) => !part.includes(':') && value !== '',
  )
  return Object.fromEntries(parts.map(([part, value]) => [spellings.get(part.toLowerCase()) ?? part, value]))
}
