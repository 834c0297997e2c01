/** What goes back to the client. */

export interface Reply {
  readonly status: number
  /** The reason phrase. @default the usual one */
  readonly reason?: string | undefined
  /** Name, value, name, value, …; sending adds to it. */
  readonly headers: string[]
  readonly body: string | Uint8Array | undefined
}

/** A reply without body or headers. */
export function emptyReply(status: number): Reply {
  return { status, headers: [], body: undefined }
}

/** A reply with JSON text. */
export function jsonReply(status: number, value: unknown): Reply {
  return {
    status,
    headers: ['Content-Type', 'application/json; charset=utf-8'],
    body: JSON.stringify(value),
  }
}

/** A reply with text of the given type. */
export function textReply(status: number, body: string, contentType = 'text/plain; charset=utf-8'): Reply {
  return { status, headers: ['Content-Type', contentType], body }
}

/** Adds those of `extra` whose names are not there yet, and `Vary`, which adds up. Both lists are flat. */
export function addHeaders(headers: string[], extra: readonly string[]): void {
  for (let index = 0; index < extra.length; index += 2) {
    const name = extra[index]!
    if (name === 'Vary' || !hasHeader(headers, name.toLowerCase())) headers.push(name, extra[index + 1]!)
  }
}

/** Whether a flat list has a header of that name. */
export function hasHeader(headers: readonly string[], lowerName: string): boolean {
  for (let index = 0; index < headers.length; index += 2) {
    if (headers[index]!.toLowerCase() === lowerName) return true
  }
  return false
}
