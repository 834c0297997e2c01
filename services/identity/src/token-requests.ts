/** The token endpoint's grants (RFC 6749, RFC 8628): from what a client sends to what it gets. */
import { createHash } from 'node:crypto'
import type { Clock } from '@aloft/kernel'
import type { Authority, Version } from './authority.ts'
import { proofOf } from './client-proof.ts'
import { servicePrincipalOf, type User, userNamed } from './directory.ts'
import { errors } from './errors.ts'
import type { Grant, Grants } from './grants.ts'
import type { Form } from './http/form.ts'
import { accessTokenSeconds, refreshTokenSeconds } from './limits.ts'
import { askedByApplication, askedByUser } from './scopes.ts'
import type { IssuedToken, TokenIssuer, TokenSubject } from './tokens.ts'

export interface TokenServices {
  readonly tokens: TokenIssuer
  readonly grants: Grants
  readonly clock: Clock
}

export interface TokenRequest {
  readonly authority: Authority
  readonly version: Version
  readonly form: Form
}

/** The answer's JSON. @throws ServiceError of `errors` */
export async function answerTokenRequest(services: TokenServices, request: TokenRequest): Promise<object> {
  const { form } = request
  const grant = form.require('grant_type')
  switch (grant) {
    case 'client_credentials':
      return forApplication(services, request)
    case 'password':
      return forPassword(services, request)
    case 'authorization_code':
      return forCode(services, request)
    case 'refresh_token':
      return forUser(services, request, await services.grants.open('refresh', form.require('refresh_token')))
    case 'device_code':
    case 'urn:ietf:params:oauth:grant-type:device_code': {
      const code = form.get('device_code') ?? form.get('code') ?? form.require('device_code')
      return forUser(services, request, await services.grants.open('device', code))
    }
    default:
      throw errors.UnsupportedGrant({ grant })
  }
}

async function forApplication(services: TokenServices, request: TokenRequest): Promise<object> {
  const { form } = request
  const subject = await subjectOf(services, request)
  if (subject.proof === '0') throw errors.NoClientCredential()
  const { audience } = askedByApplication(form.get('scope'), form.get('resource'))
  const objectId = servicePrincipalOf(subject.clientId)
  const issued = await services.tokens.forApplication({ ...subject, objectId }, audience, accessTokenSeconds)
  return answer(request, issued, audience)
}

async function forPassword(services: TokenServices, request: TokenRequest): Promise<object> {
  const { form } = request
  const user = form.require('username')
  form.require('password')
  return forUser(services, request, {
    clientId: form.require('client_id'),
    user,
    scope: form.get('scope'),
    resource: form.get('resource'),
    nonce: undefined,
    redirectUri: undefined,
    challenge: undefined,
    challengeMethod: undefined,
  })
}

async function forCode(services: TokenServices, request: TokenRequest): Promise<object> {
  const { form } = request
  const code = form.require('code')
  const address = form.require('redirect_uri')
  const grant = await services.grants.open('code', code)
  if (grant.redirectUri !== address) throw errors.WrongReplyAddress({ address })
  if (grant.challenge !== undefined && !isVerifier(form.require('code_verifier'), grant))
    throw errors.WrongVerifier()
  return forUser(services, request, grant)
}

function isVerifier(verifier: string, { challenge, challengeMethod }: Grant): boolean {
  if (challengeMethod !== 'S256') return verifier === challenge
  return createHash('sha256').update(verifier).digest('base64url') === challenge
}

/** What the client asks for now goes before what it asked for when it got the grant. */
async function forUser(services: TokenServices, request: TokenRequest, grant: Grant): Promise<object> {
  const { tokens, grants } = services
  const { form, authority } = request
  const subject = await subjectOf(services, request)
  if (subject.clientId !== grant.clientId)
    throw errors.InvalidGrant({ reason: 'it was given to another client' })
  const scope = form.get('scope') ?? grant.scope
  const resource = form.get('resource') ?? (form.get('scope') ? undefined : grant.resource)
  const { audience, permissions } = askedByUser(scope, resource)
  const user = userNamed(grant.user)
  const issued = await tokens.forUser(subject, user, audience, permissions, accessTokenSeconds)
  const refresh = { ...grant, scope, resource, redirectUri: undefined, challenge: undefined }
  return {
    ...answer(request, issued, audience),
    scope: scope ?? permissions.join(' '),
    refresh_token: await grants.seal('refresh', refresh, refreshTokenSeconds),
    id_token: await tokens.idToken(subject, user, grant.nonce, accessTokenSeconds),
    client_info: clientInfo(user, authority),
  }
}

/** MSAL keys its cache with it. */
function clientInfo({ id }: User, { tenantId }: Authority): string {
  return Buffer.from(JSON.stringify({ uid: id, utid: tenantId })).toString('base64url')
}

async function subjectOf(
  { clock }: TokenServices,
  { authority, version, form }: TokenRequest,
): Promise<TokenSubject> {
  const clientId = form.require('client_id')
  return { authority, version, clientId, proof: await proofOf(form, clock) }
}

/** Version 1 writes its numbers as text, and says what they are good for. */
function answer({ version }: TokenRequest, issued: IssuedToken, audience: string): object {
  const { token, notBefore, expiresOn } = issued
  const life = expiresOn - notBefore
  if (version === 2)
    return { token_type: 'Bearer', expires_in: life, ext_expires_in: life, access_token: token }
  return {
    token_type: 'Bearer',
    expires_in: String(life),
    ext_expires_in: String(life),
    expires_on: String(expiresOn),
    not_before: String(notBefore),
    resource: audience,
    access_token: token,
  }
}
