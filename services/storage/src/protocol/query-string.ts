/** The query of a request, parsed when it is first asked for; requests have few parameters, so a list is enough. */
export class QueryString {
  /** Lower case, decoded. */
  readonly #names: string[] = []
  /** Decoded. */
  readonly #values: string[] = []

  /** @param search with or without the leading `?`, as sent; broken percent encoding is left as it is */
  constructor(search: string) {
    let start = search.startsWith('?') ? 1 : 0
    while (start < search.length) {
      const next = search.indexOf('&', start)
      const end = next === -1 ? search.length : next
      if (end > start) this.#add(search, start, end)
      start = end + 1
    }
  }

  /** The first value of a parameter by its lower-case name. */
  get(name: string): string | undefined {
    const index = this.#names.indexOf(name)
    return index === -1 ? undefined : this.#values[index]
  }

  /** All parameters in the order in which they were sent, names in lower case. */
  *entries(): IterableIterator<[name: string, value: string]> {
    for (let index = 0; index < this.#names.length; index++) yield [this.#names[index]!, this.#values[index]!]
  }

  get size(): number {
    return this.#names.length
  }

  #add(search: string, start: number, end: number): void {
    const equals = search.indexOf('=', start)
    const nameEnd = equals === -1 || equals > end ? end : equals
    this.#names.push(decodeQuery(search.slice(start, nameEnd)).toLowerCase())
    this.#values.push(nameEnd === end ? '' : decodeQuery(search.slice(nameEnd + 1, end)))
  }
}

function decodeQuery(text: string): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text
  if (!spaced.includes('%')) return spaced
  try {
    return decodeURIComponent(spaced)
  } catch {
    return spaced
  }
}
