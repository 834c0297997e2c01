/** Takes secrets out of text that is about to be logged or shown. */

const mask = '***'

/** Cheap test first: nearly every line has none of these words. */
const suspicious = /key|sig=|code=|secret|password|pwd|token|bearer|authorization|:\/\/[^\s/@]*@/i

const patterns: readonly [RegExp, string][] = [
  // Headers whose value is secret as a whole.
  [/\b(Bearer|SharedKey(?:Lite)?|SharedAccessSignature)\s+[A-Za-z0-9+/=._~%&:;-]{8,}/g, `$1 ${mask}`],
  // Connection strings: AccountKey=...; SharedAccessKey=...; Password=...
  [
    /\b(AccountKey|SharedAccessKey|SharedSecretValue|AccessKey|Password|Pwd|ClientSecret)\s*=\s*[^;\s"']+/gi,
    `$1=${mask}`,
  ],
  // URLs: function keys and shared access signatures, the latter also by themselves in connection strings.
  [/([?&](?:code|clientSecret|access_token)=|[?&;=]sig=|\bsig=)[^&;\s"'#]+/gi, `$1${mask}`],
  // URLs with a password, as databases have them.
  [/(:\/\/[^\s/:@]*:)[^\s/@]+@/g, `$1${mask}@`],
  // Headers of which only a part is secret.
  [/\b(authorization["']?\s*[:=]\s*["']?basic)\s+[A-Za-z0-9+/=_-]+/gi, `$1 ${mask}`],
  [
    /\b(x-functions-key|aeg-sas-key|ocp-apim-subscription-key)(["']?\s*[:=]\s*["']?)[^\s"',]+/gi,
    `$1$2${mask}`,
  ],
]

/** `text` with every secret that is recognised by its shape replaced with `***`. */
export function redact(text: string): string {
  if (!suspicious.test(text)) return text
  return patterns.reduce((result, [pattern, replacement]) => result.replace(pattern, replacement), text)
}

/** `fields` themselves when there is nothing to take out, else a copy. Looks at texts, not into objects. */
export function redactFields(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  let result: Record<string, unknown> | undefined
  for (const name in fields) {
    const value = fields[name]
    const clean = typeof value === 'string' ? redact(value) : value
    if (clean === value) continue
    result ??= { ...fields }
    result[name] = clean
  }
  return result ?? fields
}

/** `error` itself when there is nothing to take out, else an error with the same name and clean texts. */
export function redactError(error: Error): Error {
  const message = redact(error.message)
  const stack = error.stack === undefined ? undefined : redact(error.stack)
  const cause = error.cause instanceof Error ? redactError(error.cause) : error.cause
  if (message === error.message && stack === error.stack && cause === error.cause) return error
  const clean = new Error(message, { cause })
  return Object.assign(clean, { name: error.name, stack })
}
