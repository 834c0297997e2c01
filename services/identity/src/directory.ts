/**
 * The directory of this installation: one tenant, one user, and every client that asks. Ids are the same
 * everywhere, as the name and key of the storage emulator's account are, so that they can be written down.
 */
import { createHash } from 'node:crypto'

export const tenantId = 'a10f0000-0000-4000-8000-000000000001'
/** The client that `aloft env` names; any other one is as good. */
export const developerClientId = 'a10f0000-0000-4000-8000-000000000002'
/** Any text but the empty one is as good. */
export const developerClientSecret = 'aloft'

export interface User {
  /** `oid` of its tokens. */
  readonly id: string
  readonly name: string
  /** `upn` and `preferred_username`. */
  readonly principalName: string
}

const developer: User = {
  id: 'a10f0000-0000-4000-8000-000000000003',
  name: 'Developer',
  principalName: 'developer@aloft.localhost',
}

/** The user of that name; without a name the developer at this machine. */
export function userNamed(principalName: string | undefined): User {
  if (!principalName || principalName.toLowerCase() === developer.principalName) return developer
  return { id: derivedId('user', principalName.toLowerCase()), name: principalName, principalName }
}

/** The service principal (`oid`) of a client. */
export function servicePrincipalOf(clientId: string): string {
  return derivedId('service principal', clientId.toLowerCase())
}

/** What a token says of a managed identity. */
export interface ManagedIdentity {
  readonly clientId: string
  /** `oid`. */
  readonly objectId: string
}

/** The identity that an app has of its own. */
export function systemIdentityOf(appName: string): ManagedIdentity {
  const key = appName.toLowerCase()
  return { clientId: derivedId('app', key), objectId: derivedId('app principal', key) }
}

/** An identity that is assigned to apps, by one of the three ways to name it. */
export function assignedIdentity(by: 'client' | 'object' | 'resource', name: string): ManagedIdentity {
  switch (by) {
    case 'client':
      return { clientId: name, objectId: servicePrincipalOf(name) }
    case 'object':
      return { clientId: derivedId('client of', name.toLowerCase()), objectId: name }
    case 'resource': {
      const clientId = derivedId('resource', name.toLowerCase())
      return { clientId, objectId: servicePrincipalOf(clientId) }
    }
  }
}

/** A UUID (version 8) that is always the same for the same name. */
function derivedId(kind: string, name: string): string {
  const bytes = createHash('sha256').update(`aloft ${kind}\n${name}`).digest().subarray(0, 16)
  bytes[6] = (bytes[6]! & 0x0f) | 0x80
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}
