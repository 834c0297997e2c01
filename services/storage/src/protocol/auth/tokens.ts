/**
 * Bearer tokens: JSON web tokens of issuers that the platform trusts (REST reference, "Authorize with Microsoft Entra
 * ID").
 */
import type { Clock } from '@aloft/kernel'
import type { JSONWebKeySet, JWTPayload, JWTVerifyGetKey } from 'jose'
import type { ServiceName } from '../../contracts.ts'

/** Who may issue tokens: its `iss`, and its public keys. */
export interface TrustedIssuer {
  readonly issuer: string
  readonly keys: JSONWebKeySet
}

/** What a token must be. */
export type TokenPolicy =
  /** Signed (RS256) by one of these. */
  | { readonly level: 'verify'; readonly issuers: readonly TrustedIssuer[] }
  /** As Azurite's `--oauth basic`: in date, of an issuer and for an audience of Azure's; not verified. */
  | { readonly level: 'basic' }

/** A token that is not taken, with the reason for the client. */
export class TokenRefused extends Error {
  override readonly name = 'TokenRefused'
}

/** What the token is to open. */
export interface TokenAudience {
  readonly account: string
  readonly service: ServiceName
}

const azureIssuers = [
  'https://sts.windows.net/',
  'https://sts.windows-ppe.net',
  'https://sts.microsoftonline.de/',
  'https://sts.chinacloudapi.cn/',
  'https://login.microsoftonline.com/',
]
const storageAudience = /^(https:\/\/storage\.azure\.com\/?|e406a681-f3d4-42a8-90b6-c2b029497af1)$/
const serviceAudience =
  /^https:\/\/([^./]+)\.(blob|queue|table)\.(core\.windows\.net|core\.chinacloudapi\.cn|core\.usgovcloudapi\.net|core\.cloudapi\.de)\/?$/

/** Tokens that were found good, so that the requests of a client cost one verification. */
const maxRemembered = 256

export class TokenVerifier {
  readonly policy: TokenPolicy
  readonly #clock: Clock
  readonly #remembered = new Map<string, JWTPayload>()
  readonly #keys = new Map<string, JWTVerifyGetKey>()

  constructor(policy: TokenPolicy, clock: Clock) {
    this.policy = policy
    this.#clock = clock
  }

  /** The claims of a good token. @throws TokenRefused */
  async verify(token: string, audience: TokenAudience): Promise<JWTPayload> {
    const claims = this.#remembered.get(token) ?? (await this.#claims(token))
    this.#checkTimes(claims)
    if (!this.#isFor(claims, audience)) throw new TokenRefused('Invalid token audience.')
    return claims
  }

  async #claims(token: string): Promise<JWTPayload> {
    const claims = this.policy.level === 'basic' ? await this.#decode(token) : await this.#verified(token)
    if (this.#remembered.size >= maxRemembered) this.#remembered.clear()
    this.#remembered.set(token, claims)
    return claims
  }

  async #decode(token: string): Promise<JWTPayload> {
    const { decodeJwt } = await import('jose')
    const claims = orRefuse(() => decodeJwt(token))
    if (!azureIssuers.some((prefix) => claims.iss?.startsWith(prefix)))
      throw new TokenRefused('Invalid token issuer.')
    return claims
  }

  async #verified(token: string): Promise<JWTPayload> {
    const { createLocalJWKSet, decodeJwt, jwtVerify } = await import('jose')
    const { iss } = orRefuse(() => decodeJwt(token))
    const issuers = this.policy.level === 'verify' ? this.policy.issuers : []
    const trusted = issuers.find(({ issuer }) => issuer === iss)
    if (!trusted) throw new TokenRefused('Invalid token issuer.')
    const keys = this.#keys.get(trusted.issuer) ?? createLocalJWKSet(trusted.keys)
    this.#keys.set(trusted.issuer, keys)
    try {
      const { payload } = await jwtVerify(token, keys, {
        issuer: trusted.issuer,
        algorithms: ['RS256'],
        currentDate: new Date(this.#clock.now()),
      })
      return payload
    } catch (error) {
      throw new TokenRefused(`Token validation failed: ${(error as Error).message}.`)
    }
  }

  #checkTimes({ nbf, exp }: JWTPayload): void {
    const seconds = this.#clock.now() / 1000
    if (exp === undefined || (nbf !== undefined && seconds < nbf))
      throw new TokenRefused('Lifetime validation failed.')
    if (seconds >= exp) throw new TokenRefused('Lifetime validation failed. The token is expired.')
  }

  #isFor({ aud }: JWTPayload, { account, service }: TokenAudience): boolean {
    return [aud ?? []].flat().some((each) => {
      if (storageAudience.test(each)) return true
      const match = serviceAudience.exec(each)
      return match?.[2] === service && match[1] === account
    })
  }
}

function orRefuse(decode: () => JWTPayload): JWTPayload {
  try {
    return decode()
  } catch {
    throw new TokenRefused('The token is not a JSON web token.')
  }
}
