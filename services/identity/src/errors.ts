/** What the token endpoint refuses, with Entra's numbers (Microsoft identity platform, "Error codes"). */
import { type Clock, catalogue, type ErrorRow, newId, type ServiceError } from '@aloft/kernel'

interface Row extends ErrorRow {
  /** After `AADSTS`. */
  readonly number: number
  /** RFC 6749 (5.2), RFC 8628 (3.5). */
  readonly error: string
}

const badRequest = { status: 400, retry: 'never' } as const
const unauthorized = { status: 401, retry: 'never', error: 'invalid_client' } as const
const badGrant = { ...badRequest, error: 'invalid_grant' } as const

const rows = {
  MissingParameter: {
    ...badRequest,
    error: 'invalid_request',
    number: 900144,
    text: "The request body must contain the following parameter: '{name}'.",
  },
  MalformedRequest: {
    ...badRequest,
    error: 'invalid_request',
    number: 90013,
    text: 'Invalid input: {reason}.',
  },
  NoTenant: {
    ...badRequest,
    error: 'invalid_request',
    number: 900023,
    text: "Specified tenant identifier '{tenant}' is neither a valid DNS name, nor a valid external domain.",
  },
  UnsupportedGrant: {
    ...badRequest,
    error: 'unsupported_grant_type',
    number: 70003,
    text: "The app requested an unsupported grant type '{grant}'.",
  },
  UnsupportedResponseType: {
    ...badRequest,
    error: 'unsupported_response_type',
    number: 700051,
    text: "response_type '{type}' is not enabled for the application.",
  },
  NoClientCredential: {
    ...unauthorized,
    number: 7000216,
    text: "'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type.",
  },
  MalformedAssertion: { ...unauthorized, number: 50027, text: 'JWT token is invalid or malformed.' },
  ExpiredAssertion: {
    ...unauthorized,
    number: 700024,
    text: 'Client assertion is not within its valid time range.',
  },
  InvalidScope: {
    ...badRequest,
    error: 'invalid_scope',
    number: 70011,
    text: "The provided request must include a 'scope' input parameter. The provided value for the input parameter 'scope' is not valid. The scope '{scope}' is not valid.",
  },
  ScopeWithoutDefault: {
    ...badRequest,
    error: 'invalid_scope',
    number: 1002012,
    text: "The provided value for scope '{scope}' is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).",
  },
  SeveralResources: {
    ...badRequest,
    error: 'invalid_request',
    number: 28000,
    text: 'Provided value for the input parameter scope is not valid because it contains more than one resource.',
  },
  InvalidGrant: {
    ...badGrant,
    number: 9002313,
    text: 'Invalid request. Request is malformed or invalid: {reason}.',
  },
  ExpiredGrant: {
    ...badGrant,
    number: 70008,
    text: 'The provided authorization code or refresh token has expired due to inactivity. Send a new interactive authorization request for this user and resource.',
  },
  UsedCode: {
    ...badGrant,
    number: 54005,
    text: 'OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token.',
  },
  WrongVerifier: {
    ...badGrant,
    number: 501481,
    text: 'The Code_Verifier does not match the code_challenge supplied in the authorization request.',
  },
  WrongReplyAddress: {
    ...badGrant,
    number: 500112,
    text: "The reply address '{address}' does not match the reply address provided when requesting Authorization code.",
  },
  ForeignReplyAddress: {
    ...badRequest,
    error: 'invalid_request',
    number: 50011,
    text: "The redirect URI '{address}' specified in the request does not match the redirect URIs configured for the application. Here it must lead to this machine, e.g. http://localhost:8400.",
  },
  ExpiredDeviceCode: {
    ...badRequest,
    error: 'expired_token',
    number: 70020,
    text: 'The provided device code has expired.',
  },
} satisfies Record<string, Row>

export const errors = catalogue('identity', rows)

export function isOAuthError(error: unknown): error is ServiceError {
  return (error as Partial<ServiceError> | undefined)?.service === 'identity'
}

/** RFC 6749's word for the error, e.g. `invalid_grant`. */
export function wordOf({ code }: ServiceError): string {
  return rowOf(code).error
}

/** What a client shows to its user: `AADSTS<number>: …`. */
export function descriptionOf(error: ServiceError): string {
  return `AADSTS${rowOf(error.code).number}: ${error.message}`
}

/** As the token endpoint answers it; `correlationId` is the client's, if it has sent one. */
export function errorBody(
  error: ServiceError,
  origin: string,
  correlationId: string | undefined,
  clock: Clock,
) {
  const { error: word, number } = rowOf(error.code)
  const timestamp = `${new Date(clock.now()).toISOString().slice(0, 19).replace('T', ' ')}Z`
  const ids = { trace_id: newId(), correlation_id: correlationId ?? newId() }
  const places = `Trace ID: ${ids.trace_id} Correlation ID: ${ids.correlation_id} Timestamp: ${timestamp}`
  return {
    error: word,
    error_description: `${descriptionOf(error)} ${places}`,
    error_codes: [number],
    timestamp,
    ...ids,
    error_uri: `${origin}/error?code=${number}`,
  }
}

function rowOf(code: string): Row {
  return rows[code as keyof typeof rows]
}
