/**
 * User delegation keys. A key is derived from the first key of its account and from what it says of itself, so
 * that there is none to store; rotating that account key revokes them.
 */
import type { KeyObject } from 'node:crypto'
import { createSecretKey } from 'node:crypto'
import type { SigningAccount } from '../../accounts/accounts.ts'
import { isoSeconds, parseIsoTime } from '../http-date.ts'
import { sign } from './signature.ts'

/** What a key says of itself; the times are ISO 8601 to the second. */
export interface DelegationKeyClaims {
  readonly objectId: string
  readonly tenantId: string
  readonly start: string
  readonly expiry: string
  /** `b` or `q`. */
  readonly service: string
  readonly version: string
  readonly delegatedTenantId: string
}

/** The key's value, 32 bytes. */
export function delegationKeyOf(account: SigningAccount, claims: DelegationKeyClaims): Buffer {
  const { objectId, tenantId, start, expiry, service, version, delegatedTenantId } = claims
  const said = [objectId, tenantId, seconds(start), seconds(expiry), service, version, delegatedTenantId]
  return sign(account.signers[0], `user delegation key\n${said.map(encodeURIComponent).join('\n')}`)
}

export function delegationSigner(account: SigningAccount, claims: DelegationKeyClaims): KeyObject {
  return createSecretKey(delegationKeyOf(account, claims))
}

/** Clients write the times that they were given anew, without fractions. */
function seconds(text: string): string {
  const time = parseIsoTime(text)
  return time === undefined ? text : isoSeconds(time)
}
