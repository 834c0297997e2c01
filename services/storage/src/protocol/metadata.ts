/** `x-ms-meta-` headers (REST reference, "Setting and retrieving properties and metadata"). */
import { generalErrors } from './general-errors.ts'

const prefix = 'x-ms-meta-'
/** Names and values together. */
const maxBytes = 8 * 1024
/** As identifiers of C#; names travel in headers, so that letters beyond ASCII cannot come. */
const nameForm = /^[A-Za-z_][A-Za-z0-9_]*$/

/**
 * Names keep the case in which they were sent; those that differ only in case are one, joined with a comma.
 * @param rawHeaders names and values as sent, by turns
 * @throws StorageError EmptyMetadataKey, InvalidMetadata, MetadataTooLarge
 */
export function readMetadata(rawHeaders: readonly string[]): Readonly<Record<string, string>> {
  let found: Map<string, { name: string; value: string }> | undefined
  let bytes = 0
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const header = rawHeaders[index]!
    if (header.length < prefix.length || header.slice(0, prefix.length).toLowerCase() !== prefix) continue
    const name = header.slice(prefix.length)
    const value = rawHeaders[index + 1]!
    if (name === '') throw generalErrors.EmptyMetadataKey()
    if (!nameForm.test(name)) throw generalErrors.InvalidMetadata()
    bytes += name.length + value.length
    found ??= new Map()
    const same = found.get(name.toLowerCase())
    if (same) same.value += `,${value}`
    else found.set(name.toLowerCase(), { name, value })
  }
  if (bytes > maxBytes) throw generalErrors.MetadataTooLarge()
  return found ? Object.fromEntries([...found.values()].map(({ name, value }) => [name, value])) : none
}

const none: Readonly<Record<string, string>> = Object.freeze({})
