/** Who asks: a key, a shared access signature, a bearer token, or nobody. */
import type { SigningAccount } from '../../accounts/accounts.ts'
import type { Identity, StorageProtocol } from '../../contracts.ts'
import { generalErrors } from '../general-errors.ts'
import { parseHttpDate } from '../http-date.ts'
import type { StorageError } from '../storage-error.ts'
import { type SasRequest, verifySas } from './shared-access-signature.ts'
import { otherStringsToSign, type SharedKeyScheme, type SignedRequest, stringToSign } from './shared-key.ts'
import { isSignedBy, readSignature } from './signature.ts'
import { TokenRefused, type TokenVerifier } from './tokens.ts'

export interface Authentication {
  readonly tokens: TokenVerifier
  /** How far a request's date may be from now; Infinity = it is not looked at. Azure: 15 minutes. */
  readonly maxDateSkewMs: number
  /** Where clients get tokens: `https://login.microsoftonline.com/<tenant>/oauth2/authorize`. */
  readonly authorizationUri: string
}

/** What the schemes look at. */
export interface UnknownRequest extends SignedRequest, SasRequest {
  readonly account: SigningAccount
}

const anonymous: Identity = { kind: 'anonymous' }
const byKey: Identity = { kind: 'key' }

/** At once for keys, which are the most frequent. @throws StorageError, or rejects with it */
export function authenticate(
  request: UnknownRequest,
  protocol: StorageProtocol,
  settings: Authentication,
): Identity | Promise<Identity> {
  const authorization = request.header('authorization')
  if (authorization === undefined) {
    if (request.parameters.get('sig') === undefined) return anonymous
    return verifySas(request, protocol).then((sas) => ({ kind: 'sas', sas }))
  }
  const space = authorization.indexOf(' ')
  const scheme = space === -1 ? authorization : authorization.slice(0, space)
  const credential = space === -1 ? '' : authorization.slice(space + 1).trim()
  switch (scheme) {
    case 'SharedKey':
    case 'SharedKeyLite':
      return byKeyOrSas(request, protocol, () =>
        checkKey(request, scheme, credential, settings.maxDateSkewMs),
      )
  }
  if (scheme.toLowerCase() === 'bearer') return byToken(request, credential, settings)
  throw generalErrors.InvalidAuthenticationInfo()
}

/** A signature in the address counts also beside a bad one in the header, as with Azurite. */
function byKeyOrSas(
  request: UnknownRequest,
  protocol: StorageProtocol,
  check: () => void,
): Identity | Promise<Identity> {
  try {
    check()
    return byKey
  } catch (error) {
    if (request.parameters.get('sig') === undefined) throw error
    return verifySas(request, protocol).then(
      (sas) => ({ kind: 'sas', sas }),
      () => {
        throw error
      },
    )
  }
}

function checkKey(
  request: UnknownRequest,
  scheme: SharedKeyScheme,
  credential: string,
  maxDateSkewMs: number,
): void {
  const colon = credential.indexOf(':')
  if (colon <= 0) throw generalErrors.InvalidAuthenticationInfo()
  const { account } = request
  const signature = readSignature(credential.slice(colon + 1))
  const text = stringToSign(request, scheme)
  const isGood =
    credential.slice(0, colon) === account.name &&
    signature !== undefined &&
    (isSignedBy(account, text, signature) ||
      [...otherStringsToSign(request, scheme)].some((other) => isSignedBy(account, other, signature)))
  if (!isGood)
    throw refused(
      `The MAC signature found in the HTTP request '${credential.slice(colon + 1)}' is not the same as any computed signature. Server used following string to sign: '${text}'.`,
    )
  if (maxDateSkewMs !== Number.POSITIVE_INFINITY) checkDate(request, maxDateSkewMs)
}

let lastDateText = ''
let lastDate: number | undefined

function checkDate(request: UnknownRequest, maxSkewMs: number): void {
  const text = request.header('x-ms-date') ?? request.header('date')
  // Azurite's own clients of tables sign none.
  if (text === undefined && request.service === 'table') return
  if (text === undefined) throw refused('Neither the x-ms-date header nor the Date header is there.')
  // Requests of one second have the same.
  if (text !== lastDateText) {
    lastDate = parseHttpDate(text)
    lastDateText = text
  }
  if (lastDate === undefined) throw refused(`The Date header in the request is incorrect: '${text}'.`)
  if (Math.abs(request.now - lastDate) > maxSkewMs) throw refused(`Request date header too old: '${text}'`)
}

async function byToken(request: UnknownRequest, token: string, settings: Authentication): Promise<Identity> {
  if (!request.isEncrypted) throw refused('Authentication scheme Bearer is not allowed with HTTP.')
  if (token === '') throw unauthenticated(settings)
  try {
    const { service, account } = request
    const claims = await settings.tokens.verify(token, { account: account.name, service })
    return { kind: 'bearer', claims }
  } catch (error) {
    if (!(error instanceof TokenRefused)) throw error
    // Azurite's level also has Azurite's answer.
    if (settings.tokens.policy.level === 'basic') throw refused(error.message)
    throw generalErrors.InvalidAuthenticationInfo({
      status: 401,
      message: `Server failed to authenticate the request. Please refer to the information in the www-authenticate header.`,
      elements: { AuthenticationErrorDetail: error.message },
      headers: challenge(settings),
    })
  }
}

/** Tells clients where to get a token. */
export function unauthenticated(settings: Authentication): StorageError {
  return generalErrors.NoAuthenticationInformation({ headers: challenge(settings) })
}

function challenge({ authorizationUri }: Authentication): Record<string, string> {
  return {
    'WWW-Authenticate': `Bearer authorization_uri=${authorizationUri} resource_id=https://storage.azure.com`,
  }
}

function refused(detail: string): StorageError {
  return generalErrors.AuthenticationFailed({ elements: { AuthenticationErrorDetail: detail } })
}
