/** The endpoints of the issuer and of managed identities, as one table. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  type Clock,
  type Exchange,
  ensureError,
  type Logger,
  type RequestHandler,
  type Route,
  requestErrors,
  routeHandler,
  sendEmpty,
  sendJson,
  sendText,
} from '@aloft/kernel'
import { authorityOf, type Version } from '../authority.ts'
import { authorize } from '../authorize.ts'
import { errorBody, errors, isOAuthError } from '../errors.ts'
import { deviceCodeSeconds, devicePollSeconds } from '../limits.ts'
import type { SigningKey } from '../signing-key.ts'
import { answerTokenRequest, type TokenServices } from '../token-requests.ts'
import { Form, readForm } from './form.ts'
import { answerManagedIdentity, type ManagedIdentityEndpoint } from './managed-identity.ts'
import { instanceDiscovery, openIdConfiguration } from './metadata.ts'
import { isLocalAddress, originOf } from './origin.ts'
import { sendRedirection } from './redirect.ts'

export interface IdentityRoutes extends TokenServices {
  readonly key: SigningKey
  readonly managedIdentity: ManagedIdentityEndpoint
  readonly log: Logger
}

/** Only what Entra has at these addresses; the first segment of most is the tenant. */
export function identityHandler(identity: IdentityRoutes): RequestHandler {
  const { log, clock, managedIdentity } = identity
  const routes: Route[] = [
    {
      method: 'GET',
      pattern: '/msi/token',
      operation: 'ManagedIdentityToken',
      handler: ({ request, response, query }) =>
        answerManagedIdentity(managedIdentity, request, response, query),
    },
    {
      method: 'GET',
      pattern: '/common/discovery/instance',
      operation: 'InstanceDiscovery',
      handler({ request, response, query }) {
        const endpoint = query.get('authorization_endpoint')
        sendJson(response, 200, instanceDiscovery(endpoint, requireOrigin(request)))
      },
    },
    {
      method: 'GET',
      pattern: '/devicecode',
      operation: 'DeviceCodePage',
      handler: ({ response }) =>
        sendText(response, 200, 'Nobody has to sign in here: the program goes on by itself.\n'),
    },
    ...versionRoutes(identity, 1, '/oauth2', '', '/discovery/keys'),
    ...versionRoutes(identity, 2, '/oauth2/v2.0', '/v2.0', '/discovery/v2.0/keys'),
  ]
  return routeHandler(routes, {
    before: ({ request, response }) => allowLocalPages(request, response),
    failed: (error, request, response) => sendFailure(error, request, response, clock, log),
    notFound: (_, response) => sendText(response, 404, 'There is no such endpoint.\n'),
  })
}

/** What a tenant has for each version of the protocol. */
function versionRoutes(
  identity: IdentityRoutes,
  version: Version,
  oauth: string,
  metadata: string,
  keys: string,
): Route[] {
  const name = (operation: string) => `${operation}V${version}`
  return [
    {
      method: 'GET',
      pattern: `/{tenant}${metadata}/.well-known/openid-configuration`,
      operation: name('OpenIdConfiguration'),
      handler(exchange) {
        sendJson(exchange.response, 200, openIdConfiguration(authorityIn(exchange), version))
      },
    },
    {
      method: 'GET',
      pattern: `/{tenant}${keys}`,
      operation: name('Keys'),
      handler(exchange) {
        authorityIn(exchange)
        sendJson(exchange.response, 200, identity.key.keySet)
      },
    },
    {
      method: 'POST',
      pattern: `/{tenant}${oauth}/token`,
      operation: name('Token'),
      async handler(exchange) {
        const authority = authorityIn(exchange)
        const form = await readForm(exchange.request)
        const body = await answerTokenRequest(identity, { authority, version, form })
        sendJson(exchange.response, 200, body, noStore)
      },
    },
    {
      method: ['GET', 'POST'],
      pattern: `/{tenant}${oauth}/authorize`,
      operation: name('Authorize'),
      async handler(exchange) {
        authorityIn(exchange)
        const { request, response, query } = exchange
        const form = request.method === 'POST' ? await readForm(request) : new Form(query)
        sendRedirection(response, await authorize(identity.grants, form))
      },
    },
    {
      method: 'POST',
      pattern: `/{tenant}${oauth}/devicecode`,
      operation: name('DeviceCode'),
      async handler(exchange) {
        const { origin } = authorityIn(exchange)
        const form = await readForm(exchange.request)
        sendJson(exchange.response, 200, await deviceCode(identity, form, origin), noStore)
      },
    },
    {
      method: ['GET', 'POST'],
      pattern: `/{tenant}${oauth}/logout`,
      operation: name('Logout'),
      handler(exchange) {
        authorityIn(exchange)
        const next = exchange.query.get('post_logout_redirect_uri') ?? ''
        if (isLocalAddress(next)) sendEmpty(exchange.response, 302, { Location: new URL(next).href })
        else sendText(exchange.response, 200, 'You signed out of your account.\n')
      },
    },
  ]
}

const noStore = { 'Cache-Control': 'no-store, no-cache', Pragma: 'no-cache' }

async function deviceCode({ grants }: IdentityRoutes, form: Form, origin: string): Promise<object> {
  const grant = {
    clientId: form.require('client_id'),
    scope: form.get('scope'),
    resource: form.get('resource'),
    user: undefined,
    nonce: undefined,
    redirectUri: undefined,
    challenge: undefined,
    challengeMethod: undefined,
  }
  const code = 'ALOFT'
  const address = `${origin}/devicecode`
  return {
    user_code: code,
    device_code: await grants.seal('device', grant, deviceCodeSeconds),
    verification_uri: address,
    // Version 1 has the older name.
    verification_url: address,
    expires_in: deviceCodeSeconds,
    interval: devicePollSeconds,
    message: `No sign-in is needed on this machine: the program goes on by itself. (${address}, code ${code})`,
  }
}

function authorityIn({ request, params }: Exchange) {
  return authorityOf(params.tenant ?? '', requireOrigin(request))
}

function requireOrigin(request: IncomingMessage): string {
  const origin = originOf(request)
  if (origin === undefined)
    throw errors.MalformedRequest({
      reason: `the host '${request.headers.host ?? ''}' is not this machine; use https, or localhost`,
    })
  return origin
}

/** Pages of an application in development get tokens from their script, as registered ones do from Entra. */
function allowLocalPages({ headers }: IncomingMessage, response: ServerResponse): void {
  const { origin } = headers
  if (origin === undefined || !isLocalAddress(origin)) return
  response.setHeader('Access-Control-Allow-Origin', origin)
  response.setHeader('Vary', 'Origin')
}

function sendFailure(
  error: unknown,
  request: IncomingMessage,
  response: ServerResponse,
  clock: Clock,
  log: Logger,
): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  if (isOAuthError(error)) {
    const correlation = request.headers['client-request-id']
    const id = typeof correlation === 'string' && /^[\w-]{1,64}$/.test(correlation) ? correlation : undefined
    const origin = originOf(request) ?? 'https://localhost'
    sendJson(response, error.status, errorBody(error, origin, id, clock), noStore)
    return
  }
  if ((error as { code?: unknown } | undefined)?.code === requestErrors.ClientGone().code) return
  log.error(`${request.method} ${request.url?.split('?')[0]} failed`, ensureError(error))
  sendEmpty(response, 500)
}
