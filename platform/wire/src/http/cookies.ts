/** `Set-Cookie` as ASP.NET Core writes it: lower-case attributes in a fixed order. */
import type { RpcHttpCookie } from '../typed-data.ts'

const sameSiteTexts: Readonly<Record<string, string>> = {
  lax: 'lax',
  strict: 'strict',
  explicitnone: 'none',
}

/** The value of one `Set-Cookie` header. Name and value are percent-encoded; the path is `/` unless given. */
export function formatCookie(cookie: RpcHttpCookie): string {
  const { domain, path, expires, secure, httpOnly, sameSite, maxAge } = cookie
  let text = `${encode(cookie.name)}=${encode(cookie.value)}`
  if (expires) text += `; expires=${httpDate(expires.value)}`
  if (maxAge) text += `; max-age=${Math.trunc(maxAge.value)}`
  if (domain?.value) text += `; domain=${domain.value}`
  const pathText = path ? path.value : '/'
  if (pathText) text += `; path=${pathText}`
  if (secure?.value) text += '; secure'
  // `none` is the contract's word for "not set"; `explicitNone` is the attribute's value.
  const sameSiteText = sameSite && sameSiteTexts[sameSite.toLowerCase()]
  if (sameSiteText) text += `; samesite=${sameSiteText}`
  if (httpOnly?.value) text += '; httponly'
  return text
}

function httpDate(timestamp: { readonly seconds: number; readonly nanos?: number }): string {
  return new Date(Number(timestamp.seconds) * 1000).toUTCString()
}

/** .NET's `Uri.EscapeDataString`. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}
