/**
 * Codes and refresh tokens. They carry what they stand for, signed, so that there is nothing to store and they
 * survive a restart.
 */
import { type Clock, newId } from '@aloft/kernel'
import { errors } from './errors.ts'

/** What was granted. */
export interface Grant {
  readonly clientId: string
  /** `upn`; undefined = the developer. */
  readonly user: string | undefined
  readonly scope: string | undefined
  readonly resource: string | undefined
  readonly nonce: string | undefined
  readonly redirectUri: string | undefined
  readonly challenge: string | undefined
  /** RFC 7636: how the challenge was made of the verifier. */
  readonly challengeMethod: 'plain' | 'S256' | undefined
}

export type GrantKind = 'code' | 'refresh' | 'device'

/** So many codes that were redeemed are known, the latest. */
const maxRedeemed = 1000

export class Grants {
  readonly #key: Uint8Array
  readonly #clock: Clock
  readonly #redeemed = new Set<string>()

  constructor(key: Uint8Array, clock: Clock) {
    this.#key = key
    this.#clock = clock
  }

  async seal(kind: GrantKind, grant: Grant, lifeSeconds: number): Promise<string> {
    const { SignJWT } = await import('jose')
    const now = Math.floor(this.#clock.now() / 1000)
    return new SignJWT({ grant })
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject(kind)
      .setJti(newId())
      .setExpirationTime(now + lifeSeconds)
      .sign(this.#key)
  }

  /**
   * What `text` stands for. A code counts once.
   * @throws errors.InvalidGrant, ExpiredGrant, ExpiredDeviceCode, UsedCode
   */
  async open(kind: GrantKind, text: string): Promise<Grant> {
    const { jwtVerify, errors: joseErrors } = await import('jose')
    try {
      const currentDate = new Date(this.#clock.now())
      const { payload } = await jwtVerify<{ grant: Grant }>(text, this.#key, {
        algorithms: ['HS256'],
        subject: kind,
        currentDate,
      })
      if (kind !== 'refresh') this.#redeem(payload.jti!)
      return payload.grant
    } catch (error) {
      if (error instanceof joseErrors.JWTExpired)
        throw kind === 'device' ? errors.ExpiredDeviceCode() : errors.ExpiredGrant()
      if (error instanceof joseErrors.JOSEError)
        throw errors.InvalidGrant({
          reason: `it is no ${kind === 'refresh' ? 'refresh token' : 'code'} of this issuer`,
        })
      throw error
    }
  }

  #redeem(id: string): void {
    if (this.#redeemed.has(id)) throw errors.UsedCode()
    if (this.#redeemed.size >= maxRedeemed) this.#redeemed.delete(this.#redeemed.values().next().value!)
    this.#redeemed.add(id)
  }
}
