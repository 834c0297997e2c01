/**
 * Bearer tokens: JSON web tokens of issuers that the platform trusts (REST reference, "Authorize with Microsoft Entra
 * ID").
 */
import type { Clock } from '@aloft/kernel'
import type { JSONWebKeySet, JWTPayload, JWTVerifyGetKey } from 'jose'
import type { ServiceName } from '../../contracts.ts'
import { isAudienceOf } from './audience.ts'

/** Who may issue tokens. */
export interface TrustedIssuer {
  /** Whether it may be the one that a token names (`iss`). */
  isIssuer(issuer: string): boolean
  /** Its public keys; asked for once. */
  keySet(): Promise<JSONWebKeySet>
}

/** What a token must be. */
export interface TokenPolicy {
  /**
   * `verify`: signed (RS256) by one of `issuers`. `basic`: those as well, and as Azurite's `--oauth basic` has it what
   * is in date, of an issuer and for an audience of Azure's, not verified.
   */
  readonly level: 'verify' | 'basic'
  /** @default nobody */
  readonly issuers?: readonly TrustedIssuer[]
}

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

/** Tokens that were found good, so that the requests of a client cost one verification. */
const maxRemembered = 256

export class TokenVerifier {
  readonly policy: TokenPolicy
  readonly #clock: Clock
  readonly #remembered = new Map<string, JWTPayload>()
  readonly #keys = new Map<TrustedIssuer, Promise<JWTVerifyGetKey>>()

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
    const claims = await this.#read(token)
    if (this.#remembered.size >= maxRemembered) this.#remembered.clear()
    this.#remembered.set(token, claims)
    return claims
  }

  async #read(token: string): Promise<JWTPayload> {
    const { decodeJwt } = await import('jose')
    const claims = orRefuse(() => decodeJwt(token))
    // Nobody has checked its types yet.
    const issuer = String(claims.iss)
    // First: an issuer of ours may go by the name of one of Azure's.
    if (this.policy.level === 'basic' && azureIssuers.some((prefix) => issuer.startsWith(prefix)))
      return claims
    const trusted = this.policy.issuers?.find((each) => each.isIssuer(issuer))
    if (trusted) return this.#verified(token, trusted)
    throw new TokenRefused('Invalid token issuer.')
  }

  async #verified(token: string, issuer: TrustedIssuer): Promise<JWTPayload> {
    const { jwtVerify } = await import('jose')
    const keys = await this.#keysOf(issuer)
    try {
      const { payload } = await jwtVerify(token, keys, {
        algorithms: ['RS256'],
        currentDate: new Date(this.#clock.now()),
      })
      return payload
    } catch (error) {
      if (isUnsigned(error)) throw new TokenRefused('Invalid token issuer: it has not signed the token.')
      throw new TokenRefused(`Token validation failed: ${(error as Error).message}.`)
    }
  }

  #keysOf(issuer: TrustedIssuer): Promise<JWTVerifyGetKey> {
    const known = this.#keys.get(issuer)
    if (known) return known
    const loading = Promise.all([import('jose'), issuer.keySet()]).then(([{ createLocalJWKSet }, set]) =>
      createLocalJWKSet(set),
    )
    loading.catch(() => this.#keys.delete(issuer))
    this.#keys.set(issuer, loading)
    return loading
  }

  #checkTimes({ nbf, exp }: JWTPayload): void {
    const seconds = this.#clock.now() / 1000
    if (typeof exp !== 'number' || (nbf !== undefined && seconds < nbf))
      throw new TokenRefused('Lifetime validation failed.')
    if (seconds >= exp) throw new TokenRefused('Lifetime validation failed. The token is expired.')
  }

  #isFor({ aud }: JWTPayload, { account, service }: TokenAudience): boolean {
    return [aud ?? []].flat().some((each) => isAudienceOf(String(each), account, service))
  }
}

function isUnsigned(error: unknown): boolean {
  const { code } = error as { readonly code?: string }
  return code === 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED' || code === 'ERR_JWKS_NO_MATCHING_KEY'
}

function orRefuse(decode: () => JWTPayload): JWTPayload {
  try {
    return decode()
  } catch {
    throw new TokenRefused('The token is not a JSON web token.')
  }
}
