/**
 * Content negotiation (`enableContentNegotiation`): the value decides with the request's `Accept` whether it
 * goes out as JSON, XML or text. Source: ASP.NET Core MVC's output formatters as the Functions host sets them up
 * (text, JSON, DataContract XML). Like there, only text becomes XML; objects are JSON for whoever asks for XML.
 */

export interface NegotiatedBody {
  readonly contentType: string
  readonly text: string
}

type Format = 'text' | 'json' | 'xml'

const contentTypes: Readonly<Record<Format, string>> = {
  text: 'text/plain; charset=utf-8',
  json: 'application/json; charset=utf-8',
  xml: 'application/xml; charset=utf-8',
}

/**
 * @param value text, or JSON as text
 * @param accept the request's `Accept`, or the content type that the function has set
 */
export function negotiate(
  value: { readonly kind: 'text' | 'json'; readonly text: string },
  accept: string | undefined,
): NegotiatedBody {
  const possible: readonly Format[] = value.kind === 'text' ? ['text', 'json', 'xml'] : ['json']
  const format = acceptedFormats(accept).find((wanted) => possible.includes(wanted)) ?? possible[0]!
  return { contentType: contentTypes[format], text: formatValue(value, format) }
}

/** The formats in the client's order of preference; none when it takes anything, as browsers say they do. */
function acceptedFormats(accept: string | undefined): Format[] {
  if (!accept || accept.includes('*/*')) return []
  return accept
    .split(',')
    .map((range) => {
      const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase())
      const quality = parameters.find((parameter) => parameter.startsWith('q='))
      return { type, quality: quality ? Number(quality.slice(2)) : 1 }
    })
    .filter((range) => range.quality > 0)
    .sort((one, other) => other.quality - one.quality)
    .flatMap((range) => formatOf(range.type) ?? [])
}

function formatOf(type: string): Format | undefined {
  if (type === 'text/plain') return 'text'
  if (type === 'application/json' || type === 'text/json' || type.endsWith('+json')) return 'json'
  if (type === 'application/xml' || type === 'text/xml' || type.endsWith('+xml')) return 'xml'
  return undefined
}

function formatValue(
  value: { readonly kind: 'text' | 'json'; readonly text: string },
  format: Format,
): string {
  if (format === 'text' || value.kind === 'json') return value.text
  if (format === 'json') return JSON.stringify(value.text)
  return `<string xmlns="http://schemas.microsoft.com/2003/10/Serialization/">${escapeXml(value.text)}</string>`
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
