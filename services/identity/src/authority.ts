/** Tenants in addresses, and the issuer that stands in tokens (`iss`). */
import { tenantId } from './directory.ts'
import { errors } from './errors.ts'

export interface Authority {
  /** As addressed: a GUID, a domain, `common`, `organizations`, `consumers`, or `adfs`. */
  readonly tenant: string
  /** `tid` of its tokens. */
  readonly tenantId: string
  /** What clients put before the path: `https://localhost:7443`. */
  readonly origin: string
}

/** 1 = `/oauth2/token` and its tokens, 2 = `/oauth2/v2.0/token`. */
export type Version = 1 | 2

const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const domain = /^(?=.{4,253}$)([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*$/i
/** Those that stand for the tenant of whoever signs in. */
const anyTenant = ['common', 'organizations', 'consumers']

/** @throws errors.NoTenant for what cannot name one */
export function authorityOf(tenant: string, origin: string): Authority {
  const name = tenant.toLowerCase()
  if (guid.test(name)) return { tenant: name, tenantId: name, origin }
  if (name === 'adfs' || anyTenant.includes(name) || domain.test(name))
    return { tenant: name, tenantId, origin }
  throw errors.NoTenant({ tenant })
}

/** `iss` of tokens. Clients compare its origin with the one that they asked, so it follows that. */
export function issuerOf({ tenant, tenantId, origin }: Authority, version: Version): string {
  if (tenant === 'adfs') return `${origin}/adfs`
  return version === 1 ? `${origin}/${tenantId}/` : `${origin}/${tenantId}/v2.0`
}

/** As metadata has it: of no certain tenant, a template. */
export function issuerTemplate(authority: Authority, version: Version): string {
  const isAny = anyTenant.includes(authority.tenant)
  return issuerOf(isAny ? { ...authority, tenantId: '{tenantid}' } : authority, version)
}

/** Whether a token that says so may be ours; only its signature proves it. */
export function isOwnIssuer(issuer: string): boolean {
  const [, tenant = ''] = /^https:\/\/[^/?#]+\/([^/?#]+)\/?(?:v2\.0)?$/.exec(issuer) ?? []
  return tenant === 'adfs' || guid.test(tenant)
}
