/** What clients look up before they ask for tokens (OpenID Connect Discovery; "Instance discovery" of MSAL). */
import { type Authority, authorityOf, issuerTemplate, type Version } from '../authority.ts'
import { isLocalAddress } from './origin.ts'

const claims = 'sub iss aud exp iat nbf nonce preferred_username name tid ver oid'.split(' ')

/** `/.well-known/openid-configuration` of a tenant. */
export function openIdConfiguration(authority: Authority, version: Version): object {
  const { tenant, origin } = authority
  const at = `${origin}/${tenant}`
  const oauth = version === 1 ? `${at}/oauth2` : `${at}/oauth2/v2.0`
  return {
    token_endpoint: `${oauth}/token`,
    token_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic', 'private_key_jwt'],
    jwks_uri: version === 1 ? `${at}/discovery/keys` : `${at}/discovery/v2.0/keys`,
    response_modes_supported: ['query', 'fragment', 'form_post'],
    subject_types_supported: ['pairwise'],
    id_token_signing_alg_values_supported: ['RS256'],
    response_types_supported: ['code'],
    grant_types_supported: [
      'authorization_code',
      'client_credentials',
      'refresh_token',
      'password',
      'urn:ietf:params:oauth:grant-type:device_code',
    ],
    code_challenge_methods_supported: ['S256', 'plain'],
    scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
    issuer: issuerTemplate(authority, version),
    request_uri_parameter_supported: false,
    authorization_endpoint: `${oauth}/authorize`,
    device_authorization_endpoint: `${oauth}/devicecode`,
    http_logout_supported: true,
    frontchannel_logout_supported: true,
    end_session_endpoint: `${oauth}/logout`,
    claims_supported: claims,
    tenant_region_scope: null,
    cloud_instance_name: new URL(origin).host,
    cloud_graph_host_name: 'graph.windows.net',
    msgraph_host: 'graph.microsoft.com',
  }
}

/**
 * Which names lead to the same authority as `authorizationEndpoint`.
 * @throws errors.NoTenant when that names no tenant
 */
export function instanceDiscovery(authorizationEndpoint: string | null, origin: string): object {
  const { host } = new URL(origin)
  const asked = authorizationEndpoint ?? ''
  const tenant = isLocalAddress(asked) ? new URL(asked).pathname.split('/')[1] : undefined
  const { tenant: name } = authorityOf(tenant || 'common', origin)
  return {
    tenant_discovery_endpoint: `${origin}/${name}/v2.0/.well-known/openid-configuration`,
    'api-version': '1.1',
    metadata: [{ preferred_network: host, preferred_cache: host, aliases: [host] }],
  }
}
