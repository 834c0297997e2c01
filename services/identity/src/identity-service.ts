/** The issuer: its key, its tokens, and what answers requests. */
import type { Clock, Logger, RequestHandler } from '@aloft/kernel'
import type { JSONWebKeySet } from 'jose'
import { type AzureResources, isForeign } from './azure-resources.ts'
import { Grants } from './grants.ts'
import { identityHandler } from './http/routes.ts'
import { openSigningKey } from './signing-key.ts'
import { TokenIssuer } from './tokens.ts'

export interface IdentityServiceOptions {
  /** Holds the key; made when it is missing. */
  readonly dataDirectory: string
  readonly clock: Clock
  readonly log: Logger
  /** Where the issuer is reached: `https://localhost:7443`. */
  readonly origin: string
  readonly azure: AzureResources
  /** The app to which that value of `IDENTITY_HEADER` was given. */
  appOf(header: string): string | undefined
}

export interface IdentityService {
  readonly handler: RequestHandler
  /** For those who verify tokens. */
  readonly keySet: JSONWebKeySet
}

/** @throws UserError when the key cannot be read or made */
export async function openIdentity(options: IdentityServiceOptions): Promise<IdentityService> {
  const { clock, log, origin, azure, appOf } = options
  const key = await openSigningKey(options.dataDirectory)
  const tokens = new TokenIssuer(key, clock)
  const handler = identityHandler({
    key,
    tokens,
    grants: new Grants(key.sealingKey, clock),
    clock,
    log,
    managedIdentity: { tokens, origin, appOf, isForeign: (resource) => isForeign(resource, azure) },
  })
  return { handler, keySet: key.keySet }
}
