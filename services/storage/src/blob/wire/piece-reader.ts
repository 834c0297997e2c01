/** All of it in one piece. */
export async function gathered(content: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  for await (const piece of content) pieces.push(piece)
  return Buffer.concat(pieces)
}

/** Reads a sequence of pieces by other lengths than they have. */
export class PieceReader {
  readonly #pieces: AsyncIterator<Uint8Array> | Iterator<Uint8Array>
  readonly #tooShort: () => Error
  #piece: Buffer = Buffer.alloc(0)

  /** @param tooShort what is thrown when more is asked for than there is */
  constructor(content: Uint8Array | AsyncIterable<Uint8Array>, tooShort: () => Error) {
    this.#pieces =
      content instanceof Uint8Array ? [content][Symbol.iterator]() : content[Symbol.asyncIterator]()
    this.#tooShort = tooShort
  }

  /** Exactly `count` bytes. */
  async take(count: number): Promise<Buffer> {
    const first = await this.takeSome(count)
    if (first.length === count) return first
    const taken = [first]
    for (let left = count - first.length; left > 0; left -= taken.at(-1)!.length)
      taken.push(await this.takeSome(left))
    return Buffer.concat(taken)
  }

  /** From 1 to `most` bytes, as they come; they are not copied. */
  async takeSome(most: number): Promise<Buffer> {
    if (await this.isAtEnd()) throw this.#tooShort()
    const taken = this.#piece.subarray(0, most)
    this.#piece = this.#piece.subarray(taken.length)
    return taken
  }

  /** Lets go of what is left. */
  async close(): Promise<void> {
    await this.#pieces.return?.()
  }

  async isAtEnd(): Promise<boolean> {
    while (this.#piece.length === 0) {
      const { done, value } = await this.#pieces.next()
      if (done) return true
      this.#piece = Buffer.from(value.buffer, value.byteOffset, value.byteLength)
    }
    return false
  }
}
