/**
 * The token endpoint of managed identities, as App Service has it in every worker (App Service documentation, "REST
 * endpoint reference"): `IDENTITY_ENDPOINT`, guarded by the value of `IDENTITY_HEADER`.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { newId, sendJson } from '@aloft/kernel'
import { authorityOf } from '../authority.ts'
import { assignedIdentity, type ManagedIdentity, systemIdentityOf, tenantId } from '../directory.ts'
import { managedIdentityTokenSeconds } from '../limits.ts'
import type { TokenIssuer } from '../tokens.ts'

export interface ManagedIdentityEndpoint {
  readonly tokens: TokenIssuer
  /** `iss` of the tokens begins with it. */
  readonly origin: string
  /** The app to which that value of the header was given. */
  appOf(header: string): string | undefined
  /** Whether tokens for it are somebody else's to give. */
  isForeign(resource: string): Promise<boolean>
}

/** What the endpoint refuses. */
class Refused extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

const oldestApiVersion = '2019-08-01'

/** Answers every request; rejects only for a fault of ours. */
export async function answerManagedIdentity(
  endpoint: ManagedIdentityEndpoint,
  request: IncomingMessage,
  response: ServerResponse,
  query: URLSearchParams,
): Promise<void> {
  const correlationId = newId()
  const headers = { 'X-CORRELATION-ID': correlationId, 'Cache-Control': 'no-store' }
  try {
    sendJson(response, 200, await tokenAnswer(endpoint, request, query), headers)
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    const { status, message } = error
    sendJson(response, status, { statusCode: status, message, correlationId }, headers)
  }
}

async function tokenAnswer(
  { tokens, origin, appOf, isForeign }: ManagedIdentityEndpoint,
  { headers }: IncomingMessage,
  query: URLSearchParams,
): Promise<object> {
  const header = headers['x-identity-header']
  const app = typeof header === 'string' ? appOf(header) : undefined
  if (app === undefined)
    throw new Refused(401, 'The header X-IDENTITY-HEADER must have the value of IDENTITY_HEADER.')
  const version = query.get('api-version')
  if (!version) throw new Refused(400, "The query parameter 'api-version' is missing.")
  if (version < oldestApiVersion)
    throw new Refused(400, `The api-version '${version}' is not supported; it must be ${oldestApiVersion}.`)
  const resource = query.get('resource')
  if (!resource) throw new Refused(400, "The query parameter 'resource' is missing.")
  const { clientId, objectId } = identityOf(app, query)
  if (await isForeign(resource))
    throw new Refused(
      400,
      `Unable to load the proper Managed Identity. '${resource}' is not on this machine, and the developer's own sign-in to Azure is to be used for it.`,
    )
  const subject = {
    authority: authorityOf(tenantId, origin),
    version: 1,
    clientId,
    objectId,
    proof: '2',
  } as const
  const { token, notBefore, expiresOn } = await tokens.forApplication(
    subject,
    resource,
    managedIdentityTokenSeconds,
  )
  return {
    access_token: token,
    expires_on: String(expiresOn),
    not_before: String(notBefore),
    resource,
    token_type: 'Bearer',
    client_id: clientId,
  }
}

const namings = [
  ['client_id', 'client'],
  ['principal_id', 'object'],
  ['object_id', 'object'],
  ['mi_res_id', 'resource'],
  ['msi_res_id', 'resource'],
] as const

function identityOf(app: string, query: URLSearchParams): ManagedIdentity {
  const named = namings.flatMap(([parameter, by]) => {
    const name = query.get(parameter)
    return name ? [assignedIdentity(by, name)] : []
  })
  if (named.length > 1)
    throw new Refused(400, 'Only one of client_id, principal_id and mi_res_id can name the identity.')
  return named[0] ?? systemIdentityOf(app)
}
