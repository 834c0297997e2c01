/**
 * The authorization endpoint (RFC 6749, RFC 7636; Microsoft identity platform, "OAuth 2.0 authorization code flow").
 * There is one user at this machine and nothing to ask: the browser is sent back with a code at once.
 */
import { descriptionOf, errors, isOAuthError, wordOf } from './errors.ts'
import type { Grant, Grants } from './grants.ts'
import type { Form } from './http/form.ts'
import { isLocalAddress } from './http/origin.ts'
import { codeSeconds } from './limits.ts'

/** Where the browser goes next, and with what. */
export interface Redirection {
  readonly address: string
  readonly mode: 'query' | 'fragment' | 'form_post'
  readonly parameters: Readonly<Record<string, string>>
}

/** @throws ServiceError of `errors` when there is nowhere to send the browser back to */
export async function authorize(grants: Grants, form: Form): Promise<Redirection> {
  const clientId = form.require('client_id')
  const address = form.require('redirect_uri')
  if (!isLocalAddress(address)) throw errors.ForeignReplyAddress({ address })
  const state = form.get('state')
  const reply = (parameters: Record<string, string>): Redirection => ({
    address,
    mode: modeOf(form.get('response_mode')),
    parameters: { ...parameters, ...(state !== undefined && { state }) },
  })
  try {
    const type = form.require('response_type')
    if (type !== 'code') throw errors.UnsupportedResponseType({ type })
    const code = await grants.seal('code', grantOf(form, clientId, address), codeSeconds)
    return reply({ code })
  } catch (error) {
    if (!isOAuthError(error)) throw error
    return reply({ error: wordOf(error), error_description: descriptionOf(error) })
  }
}

function grantOf(form: Form, clientId: string, redirectUri: string): Grant {
  const challenge = form.get('code_challenge')
  const method = form.get('code_challenge_method') ?? 'plain'
  if (challenge !== undefined && method !== 'plain' && method !== 'S256')
    throw errors.MalformedRequest({ reason: `code_challenge_method '${method}' is neither S256 nor plain` })
  return {
    clientId,
    redirectUri,
    user: form.get('login_hint'),
    scope: form.get('scope'),
    resource: form.get('resource'),
    nonce: form.get('nonce'),
    challenge,
    challengeMethod: challenge === undefined ? undefined : method === 'S256' ? 'S256' : 'plain',
  }
}

function modeOf(text: string | undefined): Redirection['mode'] {
  return text === 'fragment' || text === 'form_post' ? text : 'query'
}
