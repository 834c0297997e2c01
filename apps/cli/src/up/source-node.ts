/** Values of a file that people write, each with its place, whether the file is JSON or YAML. */
import type { FileLocation } from '@aloft/kernel'

export type SourceNode = SourceObject | SourceArray | SourceScalar

export interface SourceObject {
  readonly kind: 'object'
  readonly location: FileLocation
  readonly members: readonly SourceMember[]
}

export interface SourceMember {
  readonly name: string
  /** Of the name. */
  readonly location: FileLocation
  readonly value: SourceNode
}

export interface SourceArray {
  readonly kind: 'array'
  readonly location: FileLocation
  readonly items: readonly SourceNode[]
}

export interface SourceScalar {
  readonly kind: 'scalar'
  readonly location: FileLocation
  readonly value: string | number | boolean | null
}

/** Finds line and column of an offset in a text. */
export class SourceText {
  readonly text: string
  readonly #file: string
  readonly #lineStarts: number[] = [0]

  constructor(text: string, file: string) {
    this.text = text
    this.#file = file
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) this.#lineStarts.push(at + 1)
  }

  locate(offset: number): FileLocation {
    const line = this.#lineStarts.findLastIndex((start) => start <= offset)
    return { file: this.#file, line: line + 1, column: offset - this.#lineStarts[line]! + 1 }
  }
}
