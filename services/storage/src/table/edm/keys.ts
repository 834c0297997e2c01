/** PartitionKey and RowKey. */
import { generalErrors } from '../../protocol/general-errors.ts'
import { tableErrors } from '../errors.ts'
import { maxKeyLength } from '../limits.ts'

export interface EntityKey {
  readonly partitionKey: string
  readonly rowKey: string
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what keys must not have
const forbidden = /[\u0000-\u001f\u007f-\u009f/\\#?]/

/** @throws StorageError PropertiesNeedValue, InvalidInput, KeyValueTooLarge, OutOfRangeInput */
export function readKey(value: unknown): string {
  if (value === undefined || value === null) throw tableErrors.PropertiesNeedValue()
  if (typeof value !== 'string') throw generalErrors.InvalidInput()
  if (value.length > maxKeyLength) throw tableErrors.KeyValueTooLarge()
  if (forbidden.test(value) || !value.isWellFormed()) throw generalErrors.OutOfRangeInput()
  return value
}

/** Characters whose UTF-8 bytes do not order as their UTF-16 units do are among these. */
const upper = /[\ud800-\uffff]/
const shifted = /[\u{e000}-\u{10ffff}]/gu

/**
 * Text whose UTF-8 bytes order as the UTF-16 units of `text`: the database orders by the former, Azure by the latter.
 * They differ where characters beyond U+FFFF, which UTF-16 writes as U+D800 to U+DFFF, meet U+E000 to U+FFFF: those
 * two ranges change places.
 */
export function toOrdered(text: string): string {
  if (!upper.test(text)) return text
  return text.replace(shifted, (character) => {
    const code = character.codePointAt(0)!
    return String.fromCodePoint(code > 0xffff ? code - 0x2000 : code + 0x100000)
  })
}

/** The inverse of `toOrdered`. */
export function fromOrdered(ordered: string): string {
  if (!upper.test(ordered)) return ordered
  return ordered.replace(shifted, (character) => {
    const code = character.codePointAt(0)!
    return String.fromCodePoint(code >= 0x10e000 ? code - 0x100000 : code + 0x2000)
  })
}

/** The least text that is greater than `text`. */
export function successor(text: string): string {
  return `${text}\u0000`
}
