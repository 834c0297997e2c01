/** Get User Delegation Key (REST reference). */
import type { Accounts } from '../accounts/accounts.ts'
import type { Operation, StorageRequest } from '../contracts.ts'
import { delegationKeyOf } from './auth/user-delegation-key.ts'
import { generalErrors } from './general-errors.ts'
import { isoSeconds, parseIsoTime } from './http-date.ts'
import { childText, parseXml, xmlElement } from './xml.ts'

const maxLifeMs = 7 * 86_400_000
const maxBodyBytes = 16 * 1024
const anyLetter = 'rwdxylacuptfi'

export function userDelegationKeyOperation(accounts: Accounts): Operation {
  return {
    name: 'GetUserDelegationKey',
    // Signatures get as far as the error that says what is needed instead.
    access: { resource: 's', account: anyLetter, service: anyLetter },
    async run(request) {
      const { identity, account, service, version } = request
      if (identity.kind !== 'bearer')
        throw generalErrors.AuthenticationFailed({
          elements: { AuthenticationErrorDetail: 'Only authentication scheme Bearer is supported' },
        })
      const info = await readKeyInfo(request)
      const claims = {
        objectId: textOf(identity.claims.oid ?? identity.claims.sub),
        tenantId: textOf(identity.claims.tid),
        start: isoSeconds(info.start),
        expiry: isoSeconds(info.expiry),
        service: service[0]!,
        version,
        delegatedTenantId: info.delegatedTenantId ?? '',
      }
      const value = delegationKeyOf(accounts.find(account.name)!, claims).toString('base64')
      const body = [
        '<?xml version="1.0" encoding="utf-8"?><UserDelegationKey>',
        xmlElement('SignedOid', claims.objectId),
        xmlElement('SignedTid', claims.tenantId),
        xmlElement('SignedStart', claims.start),
        xmlElement('SignedExpiry', claims.expiry),
        xmlElement('SignedService', claims.service),
        xmlElement('SignedVersion', claims.version),
        xmlElement('SignedDelegatedUserTid', info.delegatedTenantId),
        xmlElement('Value', value),
        '</UserDelegationKey>',
      ].join('')
      return { status: 200, headers: { 'Content-Type': 'application/xml' }, body }
    },
  }
}

interface KeyInfo {
  /** Milliseconds since 1970. */
  readonly start: number
  readonly expiry: number
  readonly delegatedTenantId: string | undefined
}

async function readKeyInfo(request: StorageRequest): Promise<KeyInfo> {
  const root = parseXml(await request.bytes(maxBodyBytes))
  if (root.name !== 'KeyInfo') throw generalErrors.InvalidXmlDocument()
  const startText = childText(root, 'Start')?.trim()
  const expiryText = childText(root, 'Expiry')?.trim() ?? ''
  const start = startText ? parseIsoTime(startText) : request.now
  const expiry = parseIsoTime(expiryText)
  if (start === undefined) throw invalidNode('Start', startText ?? '')
  // One that is over already may be had; nothing can be signed with it.
  if (expiry === undefined || start >= expiry || expiry - request.now > maxLifeMs)
    throw invalidNode('Expiry', expiryText)
  return { start, expiry, delegatedTenantId: childText(root, 'DelegatedUserTid') || undefined }
}

function invalidNode(name: string, value: string) {
  return generalErrors.InvalidXmlNodeValue({ elements: { XmlNodeName: name, XmlNodeValue: value } })
}

function textOf(claim: unknown): string {
  return typeof claim === 'string' ? claim : ''
}
