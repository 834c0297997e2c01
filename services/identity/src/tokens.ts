/** Writes tokens (Microsoft identity platform, "Access token claims reference", "ID token claims reference"). */
import type { Clock } from '@aloft/kernel'
import { newId } from '@aloft/kernel'
import type { JWTPayload } from 'jose'
import { type Authority, issuerOf, type Version } from './authority.ts'
import type { User } from './directory.ts'
import type { SigningKey } from './signing-key.ts'

/** How the client has proved itself (`azpacr`, `appidacr`): not at all, with a secret, with a certificate. */
export type ClientProof = '0' | '1' | '2'

export interface TokenSubject {
  readonly authority: Authority
  readonly version: Version
  readonly clientId: string
  readonly proof: ClientProof
}

export interface IssuedToken {
  readonly token: string
  /** Seconds since 1970. */
  readonly notBefore: number
  readonly expiresOn: number
}

export class TokenIssuer {
  readonly #key: SigningKey
  readonly #clock: Clock

  constructor(key: SigningKey, clock: Clock) {
    this.#key = key
    this.#clock = clock
  }

  /** A token of an application, or of a managed identity, for itself. */
  forApplication(
    subject: TokenSubject & { readonly objectId: string },
    audience: string,
    lifeSeconds: number,
  ): Promise<IssuedToken> {
    const { objectId } = subject
    // Nobody assigns roles on this machine: everybody may do everything.
    const claims = { idtyp: 'app', oid: objectId, sub: objectId, roles: [] }
    return this.#sign({ ...clientClaims(subject), ...claims, aud: audience }, subject, lifeSeconds)
  }

  /** A token with which a client acts for a user. */
  forUser(
    subject: TokenSubject,
    user: User,
    audience: string,
    permissions: readonly string[],
    lifeSeconds: number,
  ): Promise<IssuedToken> {
    const claims = { idtyp: 'user', ...userClaims(user), scp: permissions.join(' ') }
    return this.#sign({ ...clientClaims(subject), ...claims, aud: audience }, subject, lifeSeconds)
  }

  /** Tells the client who the user is. */
  async idToken(
    subject: TokenSubject,
    user: User,
    nonce: string | undefined,
    lifeSeconds: number,
  ): Promise<string> {
    const claims = { ...userClaims(user), aud: subject.clientId, ...(nonce !== undefined && { nonce }) }
    const { token } = await this.#sign(claims, subject, lifeSeconds)
    return token
  }

  async #sign(
    claims: JWTPayload,
    { authority, version }: TokenSubject,
    lifeSeconds: number,
  ): Promise<IssuedToken> {
    const { SignJWT } = await import('jose')
    const now = Math.floor(this.#clock.now() / 1000)
    const expiresOn = now + lifeSeconds
    const token = await new SignJWT({
      ...claims,
      iss: issuerOf(authority, version),
      tid: authority.tenantId,
      iat: now,
      nbf: now,
      exp: expiresOn,
      uti: newId(),
      ver: `${version}.0`,
    })
      .setProtectedHeader({ typ: 'JWT', alg: 'RS256', kid: this.#key.id })
      .sign(this.#key.privateKey)
    return { token, notBefore: now, expiresOn }
  }
}

/** Both versions' names: code that was written for either finds its own. */
function clientClaims({ clientId, proof }: TokenSubject): JWTPayload {
  return { appid: clientId, appidacr: proof, azp: clientId, azpacr: proof }
}

function userClaims({ id, name, principalName }: User): JWTPayload {
  return { oid: id, sub: id, name, preferred_username: principalName, upn: principalName }
}
