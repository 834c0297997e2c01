/** What `responseOverrides` make of an answer. */
import { hasHeader } from '@aloft/wire/http'
import type { ResponseHead, ResponseRewrite, RewrittenResponse } from '../http/index.ts'
import { headerValue } from './back-end-request.ts'
import { parseStatus, type ResponseOverrides } from './overrides.ts'
import { renderTemplate, type Template } from './template.ts'
import type { ProxyRequest } from './variables.ts'

/** Set by whoever sends the answer, or about one connection. */
const notOverridable = new Set([
  'content-length',
  'transfer-encoding',
  'connection',
  'keep-alive',
  'trailer',
  'upgrade',
])
/** What is said of a body that is replaced. */
const aboutBody = ['content-length', 'content-encoding', 'content-md5', 'content-range']

/**
 * @param backEndMethod what the back end was asked with; undefined without one
 * @param outer what happens to the answer afterwards: the request may have come through another proxy
 */
export function responseRewriting(
  overrides: ResponseOverrides,
  request: ProxyRequest,
  backEndMethod: string | undefined,
  outer: ResponseRewrite | undefined,
): ResponseRewrite {
  // The answer to HEAD says how long a body is that does not come; a client that did not ask so would wait for it.
  const missingBody = backEndMethod === 'HEAD' && request.method !== 'HEAD' ? '' : undefined
  return (head) => {
    const body = overrides.body ? overrides.body.render(request, head) : missingBody
    const own = override(overrides, request, head, body)
    if (!outer) return own
    const after = outer(own)
    return { ...after, body: after.body ?? own.body }
  }
}

function override(
  { status, reason, headers, body: template }: ResponseOverrides,
  request: ProxyRequest,
  head: ResponseHead,
  body: string | undefined,
): RewrittenResponse {
  const render = (template: Template) => renderTemplate(template, request, head)
  const newStatus = (status && parseStatus(render(status))) ?? head.status
  const set = headers
    .filter(([name]) => !notOverridable.has(name.toLowerCase()))
    .map(([name, template]) => [name, headerValue(render(template))] as const)
  const dropped = new Set(set.map(([name]) => name.toLowerCase()))
  if (body !== undefined) for (const name of aboutBody) dropped.add(name)
  if (newStatus === 204 || newStatus === 205 || newStatus === 304) dropped.add('content-length')

  const kept = head.headers.filter(
    (_, index) => !dropped.has(head.headers[index - (index % 2)]!.toLowerCase()),
  )
  // An empty override takes the header away.
  for (const [name, value] of set) if (value !== '') kept.push(name, value)
  if (template && !hasHeader(kept, 'content-type')) kept.push('Content-Type', template.contentType)
  return {
    status: newStatus,
    reason: reason ? headerValue(render(reason)) : newStatus === head.status ? head.reason : undefined,
    headers: newStatus === 304 && request.method !== 'HEAD' ? withoutType(kept) : kept,
    body,
  }
}

/** There is no content to be of a type; only HEAD is told what the type would be. */
function withoutType(headers: readonly string[]): string[] {
  return headers.filter((_, index) => headers[index - (index % 2)]!.toLowerCase() !== 'content-type')
}
