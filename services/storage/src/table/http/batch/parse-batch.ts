/** The body of `$batch`: one changeset, or one query (REST reference, "Performing entity group transactions"). */
import { generalErrors } from '../../../protocol/general-errors.ts'

/** One request of a batch. */
export interface BatchPart {
  /** Upper case. */
  readonly method: string
  /** As sent: absolute or from the host on. */
  readonly url: string
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>
  readonly body: string
}

export interface BatchBody {
  readonly kind: 'changeset' | 'query'
  readonly parts: readonly BatchPart[]
}

/**
 * @param contentType the header, which says what separates the parts
 * @throws StorageError InvalidInput
 */
export function parseBatch(contentType: string | undefined, text: string): BatchBody {
  // Lines may end either way; in JSON it makes no difference.
  const parts = splitParts(text.replaceAll('\r\n', '\n'), boundaryOf(contentType))
  if (parts.length !== 1) throw generalErrors.InvalidInput()
  const { headers, rest } = splitHeaders(parts[0]!)
  const type = headers.get('content-type') ?? ''
  if (!type.toLowerCase().startsWith('multipart/mixed')) return { kind: 'query', parts: [parseRequest(rest)] }
  const inner = splitParts(rest, boundaryOf(type))
  return { kind: 'changeset', parts: inner.map((part) => parseRequest(splitHeaders(part).rest)) }
}

function boundaryOf(contentType: string | undefined): string {
  const match = /;\s*boundary=(?:"([^"]+)"|([^\s;]+))/i.exec(contentType ?? '')
  const boundary = match?.[1] ?? match?.[2]
  if (!boundary) throw generalErrors.InvalidInput()
  return `--${boundary}`
}

/** What stands between lines that are the boundary, up to the closing one or the end. */
function splitParts(text: string, boundary: string): string[] {
  const parts: string[] = []
  let start = -1
  for (let at = text.indexOf(boundary); at >= 0; at = text.indexOf(boundary, at + boundary.length)) {
    if (at > 0 && text[at - 1] !== '\n') continue
    const after = at + boundary.length
    const isClosing = text.startsWith('--', after)
    if (!isClosing && !/^[ \t]*(?:\n|$)/.test(text.slice(after, after + 20))) continue
    if (start >= 0) parts.push(text.slice(start, at))
    if (isClosing) return parts
    start = text.indexOf('\n', after) + 1
    if (start === 0) return parts
  }
  if (start >= 0) parts.push(text.slice(start))
  return parts
}

function splitHeaders(text: string): {
  readonly headers: ReadonlyMap<string, string>
  readonly rest: string
} {
  const headers = new Map<string, string>()
  let at = 0
  while (at < text.length) {
    const end = lineEnd(text, at)
    const line = text.slice(at, end)
    at = end + 1
    if (line.trim() === '') break
    const colon = line.indexOf(':')
    if (colon <= 0) throw generalErrors.InvalidInput()
    headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim())
  }
  return { headers, rest: text.slice(at) }
}

function lineEnd(text: string, start: number): number {
  const end = text.indexOf('\n', start)
  return end < 0 ? text.length : end
}

function parseRequest(text: string): BatchPart {
  const start = text.length - text.trimStart().length
  const end = lineEnd(text, start)
  const line = /^(\S+) (.+?)(?: HTTP\/\d\.\d)?\s*$/.exec(text.slice(start, end))
  if (!line) throw generalErrors.InvalidInput()
  const { headers, rest } = splitHeaders(text.slice(end + 1))
  return { method: line[1]!.toUpperCase(), url: line[2]!.trim(), headers, body: rest.trim() }
}
