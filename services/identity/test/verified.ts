/** What a token says, once an independent library has verified it with the keys that the issuer publishes. */
import { createRemoteJWKSet, type JWTPayload, jwtVerify } from 'jose'

export async function verified(origin: string, token: string, audience: string): Promise<JWTPayload> {
  const { jwks_uri, issuer } = (await (
    await fetch(`${origin}/common/v2.0/.well-known/openid-configuration`)
  ).json()) as { jwks_uri: string; issuer: string }
  const { payload, protectedHeader } = await jwtVerify(token, createRemoteJWKSet(new URL(jwks_uri)), {
    algorithms: ['RS256'],
    audience,
    requiredClaims: ['iss', 'aud', 'exp', 'nbf', 'iat', 'oid', 'sub', 'tid'],
  })
  const issuers = [
    issuer.replace('{tenantid}', String(payload.tid)),
    `${origin}/${payload.tid}/`,
    `${origin}/adfs`,
  ]
  if (!issuers.includes(payload.iss ?? '')) throw new Error(`${payload.iss} is not one of ${issuers}`)
  if (protectedHeader.kid === undefined) throw new Error('The token does not name its key.')
  return payload
}
