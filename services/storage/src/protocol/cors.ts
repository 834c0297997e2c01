/**
 * CORS: preflights, and what browsers need to see in answers (REST reference, "Cross-Origin Resource Sharing support
 * for Azure Storage").
 */
import type { CorsRule, StorageRequest, StorageResponse } from '../contracts.ts'
import { allowsAnyOrigin, exposedHeaders, findCorsRule, findPreflightRule } from './cors-rules.ts'
import { generalErrors } from './general-errors.ts'

type Browser = Pick<StorageRequest, 'method' | 'header'>

/** @throws StorageError InvalidHeaderValue, CorsPreflightFailure */
export function answerPreflight(request: Browser, rules: readonly CorsRule[]): StorageResponse {
  const origin = requiredHeader(request, 'origin', 'Origin')
  const method = requiredHeader(request, 'access-control-request-method', 'Access-Control-Request-Method')
  const headers = request.header('access-control-request-headers')
  const rule = findPreflightRule(rules, { origin, method: method.toUpperCase(), headers })
  if (!rule)
    throw generalErrors.CorsPreflightFailure({
      elements: { MessageDetails: 'No CORS rules matches this request' },
    })
  return {
    status: 200,
    headers: {
      'Access-Control-Allow-Origin': origin,
      'Access-Control-Allow-Methods': method,
      'Access-Control-Allow-Headers': headers,
      'Access-Control-Max-Age': String(rule.maxAgeSeconds),
      'Access-Control-Allow-Credentials': 'true',
    },
  }
}

function requiredHeader(request: Browser, name: string, title: string): string {
  const value = request.header(name)
  if (value) return value
  throw generalErrors.InvalidHeaderValue({
    message: 'A required CORS header is not present.',
    elements: { MessageDetails: `Invalid required CORS header ${title} ${value}` },
  })
}

/**
 * What is added to the answer of a request from a browser.
 * @param names headers of the answer
 */
export function corsHeaders(
  request: Browser,
  origin: string,
  rules: readonly CorsRule[],
  names: readonly string[],
): Readonly<Record<string, string>> {
  if (rules.length === 0) return {}
  const rule = findCorsRule(rules, origin, request.method)
  if (!rule) return { Vary: 'Origin' }
  const exposed = exposedHeaders(rule, [...names, 'Date', 'Connection', 'Transfer-Encoding'])
  const expose: Record<string, string> = exposed === '' ? {} : { 'Access-Control-Expose-Headers': exposed }
  return allowsAnyOrigin(rule)
    ? { 'Access-Control-Allow-Origin': '*', ...expose }
    : {
        'Access-Control-Allow-Origin': origin,
        Vary: 'Origin',
        'Access-Control-Allow-Credentials': 'true',
        ...expose,
      }
}
