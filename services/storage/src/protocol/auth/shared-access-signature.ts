/**
 * Verifies shared access signatures: signature, stored policy, times, address, protocol (REST reference, "Delegate
 * access with a shared access signature").
 */
import type { SigningAccount } from '../../accounts/accounts.ts'
import type { AccessPolicy, ServiceName, SharedAccessSignature, StorageProtocol } from '../../contracts.ts'
import { generalErrors } from '../general-errors.ts'
import { isoTime, parseIsoTime } from '../http-date.ts'
import type { QueryString } from '../query-string.ts'
import type { StorageError } from '../storage-error.ts'
import { isInIpRange } from './ip-range.ts'
import {
  accountSasString,
  blobDelegationSasString,
  blobSasString,
  queueDelegationSasString,
  queueSasString,
  type SasFields,
  tableSasString,
} from './sas-strings.ts'
import { isSignedBy, isSignedWith, readSignature } from './signature.ts'
import { delegationSigner } from './user-delegation-key.ts'

/** What a signature is looked at with. */
export interface SasRequest {
  readonly service: ServiceName
  readonly account: SigningAccount
  /** After the account, as sent. */
  readonly path: string
  readonly parameters: QueryString
  readonly isEncrypted: boolean
  readonly remoteAddress: string
  /** Milliseconds since 1970. */
  readonly now: number
  header(name: string): string | undefined
}

/** Policy fields count where the signature has none. */
type Terms = Pick<AccessPolicy, 'start' | 'expiry' | 'permissions'>

/** @throws StorageError AuthenticationFailed, AuthorizationFailure and the mismatches of address and protocol */
export async function verifySas(
  request: SasRequest,
  protocol: StorageProtocol,
): Promise<SharedAccessSignature> {
  const field: SasFields = (name) => request.parameters.get(name) ?? ''
  const kind = kindOf(field)
  if (field('sv') === '') throw refused('sv is mandatory. Cannot be empty')
  if (hasTwo(request, 'sig')) throw refused('sig may be there only once')
  // The path of a batch of tables names none; its parts are checked by the service.
  const named = protocol.containerOf(request.path, field('restype') || undefined)
  const container = named || (request.service === 'table' ? field('tn') : '')
  switch (kind) {
    case 'account':
      checkSignature(request, accountSasString(request.account.name, field), field)
      break
    case 'service':
      checkSignature(request, serviceString(request, container, field), field)
      break
    case 'user-delegation':
      checkDelegation(request, container, field)
  }
  const terms =
    kind === 'account' || field('si') === ''
      ? own(field)
      : withPolicy(own(field), await policyOf(request, protocol, container, field('si')))
  checkTimes(terms, request.now)
  checkAddress(field('sip'), request.remoteAddress)
  if (field('spr') === 'https' && !request.isEncrypted) throw generalErrors.AuthorizationProtocolMismatch()
  return {
    kind,
    permissions: terms.permissions ?? '',
    resource: kind === 'account' ? '' : field('sr'),
    parameters: Object.fromEntries(request.parameters.entries()),
  }
}

function hasTwo({ parameters }: SasRequest, name: string): boolean {
  let count = 0
  for (const [each] of parameters.entries()) if (each === name) count++
  return count > 1
}

function kindOf(field: SasFields): SharedAccessSignature['kind'] {
  if (field('skoid') !== '') return 'user-delegation'
  return field('ss') !== '' && field('srt') !== '' ? 'account' : 'service'
}

function checkSignature({ account }: SasRequest, text: string, field: SasFields): void {
  const signature = signatureOf(field)
  if (!signature || !isSignedBy(account, text, signature)) throw mismatch(text)
}

/** Clients that write links by hand leave a plus as it is, which reads as a space. */
function signatureOf(field: SasFields): Buffer | undefined {
  return readSignature(field('sig').replaceAll(' ', '+'))
}

function serviceString(request: SasRequest, container: string, field: SasFields): string {
  const { service, account } = request
  switch (service) {
    case 'blob':
      return blobSasString(blobResource(request, container, field), signedTime(field), field)
    case 'queue':
      return queueSasString(`/queue/${account.name}/${container}`, field)
    case 'table': {
      // Azurite does without the parameter; the name is in the signature all the same.
      const table = (field('tn') || container).toLowerCase()
      if (container !== '' && container.toLowerCase() !== table)
        throw refused('The table name of the signature is not that of the request.')
      return tableSasString(`/table/${account.name}/${table}`, field)
    }
  }
}

/** Before 2015-02-21 the name began with the account. */
function blobResource({ path, account }: SasRequest, container: string, field: SasFields): string {
  const prefix = field('sv') >= '2015-02-21' ? `/blob/${account.name}` : `/${account.name}`
  switch (field('sr')) {
    case 'c':
      return `${prefix}/${container}`
    case 'd':
      return `${prefix}${directoryOf(blobPath(path, container), container, Number(field('sdd')))}`
    default:
      return `${prefix}${blobPath(path, container)}`
  }
}

/** `/container/blob` as it is named, also for what lies in `$root` without saying so; no name has a backslash. */
function blobPath(path: string, container: string): string {
  const decoded = decodePath(path).replaceAll('\\', '/')
  return decoded === `/${container}` || decoded.startsWith(`/${container}/`)
    ? decoded
    : `/${container}${decoded}`
}

/** The first `depth` parts of the blob's name. */
function directoryOf(path: string, container: string, depth: number): string {
  const parts = path.slice(container.length + 2).split('/')
  if (!Number.isInteger(depth) || depth < 0 || depth > parts.length)
    throw refused('sdd does not fit the path of the request.')
  return [`/${container}`, ...parts.slice(0, depth)].join('/')
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    throw generalErrors.InvalidUri()
  }
}

function signedTime(field: SasFields): string {
  switch (field('sr')) {
    case 'bs':
      return field('snapshot')
    case 'bv':
      return field('versionid')
    default:
      return ''
  }
}

function checkDelegation(request: SasRequest, container: string, field: SasFields): void {
  const { service, account, now } = request
  // A key is for one service, which its letter says.
  if (field('sks') !== service[0]) throw refused('sks does not name this service.')
  if (field('si') !== '') throw generalErrors.AuthorizationFailure()
  const text =
    service === 'blob'
      ? blobDelegationSasString(
          blobResource(request, container, field),
          signedTime(field),
          field,
          signedParts(request, field),
        )
      : queueDelegationSasString(`/${service}/${account.name}/${container}`, field)
  const signer = delegationSigner(account, {
    objectId: field('skoid'),
    tenantId: field('sktid'),
    start: field('skt'),
    expiry: field('ske'),
    service: field('sks'),
    version: field('skv'),
    delegatedTenantId: field('skdutid'),
  })
  const signature = signatureOf(field)
  if (!signature || !isSignedWith(signer, text, signature)) throw mismatch(text)
  const start = parseIsoTime(field('skt'))
  const expiry = parseIsoTime(field('ske'))
  if (start === undefined || expiry === undefined || now < start || now >= expiry)
    throw refused(
      `The user delegation key is not valid at this time: Start [${field('skt')}] - Expiry [${field('ske')}] - Current [${isoTime(now)}]`,
    )
}

/** The headers and parameters that `srh` and `srq` name, with the values that this request has. */
function signedParts(request: SasRequest, field: SasFields) {
  const headers = namesOf(field('srh')).map((name) => `${name}:${request.header(name.toLowerCase()) ?? ''}\n`)
  const query = namesOf(field('srq')).map((name) => `\n${name}:${field(name.toLowerCase())}`)
  return { headers: headers.join(''), query: query.join('') }
}

function namesOf(list: string): string[] {
  return list === '' ? [] : list.split(',')
}

function own(field: SasFields): Terms {
  return {
    start: field('st') || undefined,
    expiry: field('se') || undefined,
    permissions: field('sp') || undefined,
  }
}

async function policyOf(
  { account }: SasRequest,
  protocol: StorageProtocol,
  container: string,
  id: string,
): Promise<AccessPolicy> {
  const policies = await protocol.policies(account.name, container)
  const policy = policies?.find((each) => each.id === id)
  if (!policy) throw refused('The signed identifier is not that of a stored access policy.')
  return policy
}

/** What the policy says may not be said again. */
function withPolicy(terms: Terms, policy: AccessPolicy): Terms {
  for (const name of ['start', 'expiry', 'permissions'] as const)
    if (terms[name] !== undefined && policy[name] !== undefined)
      throw refused(`The ${name} of access is in both the signature and the stored access policy.`)
  return {
    start: terms.start ?? policy.start,
    expiry: terms.expiry ?? policy.expiry,
    permissions: terms.permissions ?? policy.permissions,
  }
}

function checkTimes({ start, expiry, permissions }: Terms, now: number): void {
  if (expiry === undefined) throw refused('Signed expiry must be specified in signature or SAS identifier')
  if (permissions === undefined)
    throw refused('Signed permissions must be specified in signature or SAS identifier')
  const from = start === undefined ? Number.NEGATIVE_INFINITY : parseIsoTime(start)
  const to = parseIsoTime(expiry)
  if (from === undefined || to === undefined) throw refused('A time of the signature is not in ISO 8601.')
  if (now < from || now >= to)
    throw refused(
      `Signature not valid in the specified time frame: Start [${start ?? ''}] - Expiry [${expiry}] - Current [${isoTime(now)}]`,
    )
}

function checkAddress(range: string, address: string): void {
  if (range === '' || isInIpRange(range, address)) return
  throw generalErrors.AuthorizationSourceIPMismatch({
    message: `This request is not authorized to perform this operation using this source IP ${address}.`,
    elements: { SourceIP: address },
  })
}

function mismatch(text: string): StorageError {
  return refused(`Signature did not match. String to sign used was ${text}`)
}

function refused(detail: string): StorageError {
  return generalErrors.AuthenticationFailed({ elements: { AuthenticationErrorDetail: detail } })
}
