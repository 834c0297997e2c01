/** Which form of JSON a request asks for (REST reference, "Payload format for Table service operations"). */
import type { StorageRequest } from '../../contracts.ts'
import { tableErrors } from '../errors.ts'

export type MetadataLevel = 'nometadata' | 'minimalmetadata' | 'fullmetadata'

/** `$format`, else `Accept`. @throws StorageError AtomFormatNotSupported */
export function metadataLevelOf(request: Pick<StorageRequest, 'query' | 'header'>): MetadataLevel {
  return parseFormat(request.query('$format') || request.header('accept'))
}

/** @param format as in `Accept`; nothing means any */
export function parseFormat(format: string | undefined): MetadataLevel {
  switch (format) {
    case 'application/json;odata=minimalmetadata':
    case 'application/json':
      return 'minimalmetadata'
    case 'application/json;odata=fullmetadata':
      return 'fullmetadata'
    case 'application/json;odata=nometadata':
      return 'nometadata'
    default:
      return negotiate(format ?? '*/*')
  }
}

const jsonForm = /^(?:application\/json|application\/\*|\*\/\*|json)(?:;|$)/

function negotiate(format: string): MetadataLevel {
  const types = format.toLowerCase().replace(/\s/g, '').split(',')
  const json = types.find((type) => jsonForm.test(type))
  if (!json) throw tableErrors.AtomFormatNotSupported()
  if (json.includes('odata=nometadata')) return 'nometadata'
  return json.includes('odata=fullmetadata') ? 'fullmetadata' : 'minimalmetadata'
}

export function contentTypeOf(level: MetadataLevel): string {
  return `application/json;odata=${level};streaming=true;charset=utf-8`
}

/** What `Prefer` asks for; undefined when it does not say. */
export type Preference = 'return-content' | 'return-no-content' | undefined

export function preferenceOf(header: string | undefined): Preference {
  return header === 'return-content' || header === 'return-no-content' ? header : undefined
}
