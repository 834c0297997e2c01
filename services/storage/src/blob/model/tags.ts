/** Index tags (https://learn.microsoft.com/rest/api/storageservices/set-blob-tags). */

import { blobErrors } from '../errors.ts'
import { maxTagKeyLength, maxTags, maxTagValueLength } from '../limits.ts'
import type { Tags } from './item.ts'

const allowed = /^[A-Za-z0-9 +\-./:=_]*$/

/** @throws StorageError TagsTooLarge, EmptyTagName, DuplicateTagNames, InvalidTag */
export function checkTags(pairs: readonly (readonly [key: string, value: string])[]): Tags {
  if (pairs.length > maxTags) throw blobErrors.TagsTooLarge()
  const tags: Record<string, string> = {}
  for (const [key, value] of pairs) {
    if (key === '') throw blobErrors.EmptyTagName()
    if (key.length > maxTagKeyLength || value.length > maxTagValueLength) throw blobErrors.TagsTooLarge()
    if (Object.hasOwn(tags, key)) throw blobErrors.DuplicateTagNames()
    if (!allowed.test(key) || !allowed.test(value)) throw blobErrors.InvalidTag()
    tags[key] = value
  }
  return tags
}

/** The `x-ms-tags` header: `key=value&…`, percent-encoded. @throws StorageError as `checkTags` */
export function parseTagsHeader(header: string): Tags {
  return header === '' ? {} : checkTags([...new URLSearchParams(header)])
}
