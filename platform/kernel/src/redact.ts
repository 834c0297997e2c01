/** Takes secrets out of text that is about to be logged or shown. */

const mask = '***'

/** Cheap test first: nearly every line has none of these words. */
const suspicious = /key|sig=|code=|secret|password|pwd|token|bearer/i

const patterns: readonly [RegExp, string][] = [
  // Connection strings: AccountKey=...; SharedAccessKey=...; Password=...
  [
    /\b(AccountKey|SharedAccessKey|SharedSecretValue|AccessKey|Password|Pwd|ClientSecret)\s*=\s*[^;\s"']+/gi,
    `$1=${mask}`,
  ],
  // URLs: function keys and shared access signatures.
  [/([?&](?:code|sig|clientSecret|access_token)=)[^&\s"'#]+/gi, `$1${mask}`],
  // Headers.
  [/\b(Bearer|SharedKey(?:Lite)?|SharedAccessSignature)\s+[A-Za-z0-9+/=._~%&:;-]{8,}/g, `$1 ${mask}`],
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
