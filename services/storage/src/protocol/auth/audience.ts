/** Audiences (`aud`) of tokens for storage (REST reference, "Authorize with Microsoft Entra ID"). */
import type { ServiceName } from '../../contracts.ts'

const anyAccount = /^(https:\/\/storage\.azure\.com\/?|e406a681-f3d4-42a8-90b6-c2b029497af1)$/
const oneAccount =
  /^https:\/\/([^./]+)\.(blob|queue|table)\.(core\.windows\.net|core\.chinacloudapi\.cn|core\.usgovcloudapi\.net|core\.cloudapi\.de)\/?$/

/** Whether tokens with it are for storage, of whatever account. */
export function isStorageAudience(audience: string): boolean {
  return anyAccount.test(audience) || oneAccount.test(audience)
}

/** Whether a token with it opens a service of an account. */
export function isAudienceOf(audience: string, account: string, service: ServiceName): boolean {
  if (anyAccount.test(audience)) return true
  const [, ownAccount, ownService] = oneAccount.exec(audience) ?? []
  return ownService === service && ownAccount === account
}
