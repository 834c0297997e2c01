/**
 * The user's properties of an entity. They are stored as they are sent at the minimal metadata level, without the
 * braces: `"A":1,"B@odata.type":"Edm.Int64","B":"5"`, so that a read copies text.
 */
import { tableErrors } from '../errors.ts'
import { maxEntityBytes, maxProperties, maxPropertyNameLength } from '../limits.ts'
import { type EdmValue, readValue, storedValue, typeSuffix, writeProperty } from './value.ts'

/** The properties of one entity, without the system's, in their order. */
export type Properties = ReadonlyMap<string, EdmValue>

/** An entity as a request gives it. */
export interface EntityBody {
  /** Undefined = not given. */
  readonly partitionKey: unknown
  readonly rowKey: unknown
  /** As stored. */
  readonly properties: string
}

/** @throws StorageError PropertyNameInvalid, PropertyNameTooLong, TooManyProperties, EntityTooLarge */
export function encodeProperties(properties: Properties): string {
  let text = ''
  for (const [name, value] of properties) {
    checkName(name)
    text += text === '' ? writeProperty(name, value) : `,${writeProperty(name, value)}`
  }
  if (properties.size > maxProperties) throw tableErrors.TooManyProperties()
  checkSize(text, properties)
  return text
}

export function decodeProperties(stored: string): Properties {
  const json = parseStored(stored)
  const properties = new Map<string, EdmValue>()
  for (const name in json) {
    if (name.endsWith(typeSuffix)) continue
    properties.set(name, storedValue(json[name], json[name + typeSuffix]))
  }
  return properties
}

/** The JSON object that the stored text is the inside of. */
export function parseStored(stored: string): Readonly<Record<string, unknown>> {
  return JSON.parse(`{${stored}}`)
}

/** What merging does: properties of the change stand over those that were there. */
export function mergeProperties(stored: string, change: string): string {
  if (stored === '') return change
  if (change === '') return stored
  return encodeProperties(new Map([...decodeProperties(stored), ...decodeProperties(change)]))
}

/**
 * Takes an entity out of parsed JSON: keys apart, nulls, `Timestamp` and `odata.` annotations left out.
 * @param sources numbers as written by property, see `readValue`
 * @throws StorageError InvalidInput, and those of `encodeProperties`
 */
export function readEntityBody(
  json: Readonly<Record<string, unknown>>,
  sources?: ReadonlyMap<string, string>,
): EntityBody {
  const properties = new Map<string, EdmValue>()
  for (const name of Object.keys(json)) {
    if (isSystemName(name)) continue
    const value = readValue(json[name], json[name + typeSuffix], sources?.get(name))
    if (value) properties.set(name, value)
  }
  return {
    partitionKey: keyOf(json, 'PartitionKey'),
    rowKey: keyOf(json, 'RowKey'),
    properties: encodeProperties(properties),
  }
}

/** Keys are texts; one that is said to be of another type stays with that type, for who reads it to refuse. */
function keyOf(json: Readonly<Record<string, unknown>>, name: string): unknown {
  const type = json[name + typeSuffix]
  return type === undefined || type === 'Edm.String' ? json[name] : { type, value: json[name] }
}

function isSystemName(name: string): boolean {
  if (name === 'PartitionKey' || name === 'RowKey' || name === 'Timestamp') return true
  return name.startsWith('odata.') || name.endsWith(typeSuffix)
}

const nameForm = /^[\p{L}\p{Nl}_][\p{L}\p{Nl}\p{Nd}\p{Mn}\p{Mc}\p{Pc}\p{Cf}]*$/u
const plainName = /^[A-Za-z_]\w*$/

function checkName(name: string): void {
  if (name.length > maxPropertyNameLength) throw tableErrors.PropertyNameTooLong()
  if (!plainName.test(name) && !nameForm.test(name)) throw tableErrors.PropertyNameInvalid()
}

function checkSize(text: string, properties: Properties): void {
  // No value takes more than two bytes of the allowance for a character of its JSON.
  if (text.length * 2 < maxEntityBytes) return
  let bytes = 0
  for (const [name, value] of properties) bytes += 8 + name.length * 2 + sizeOf(value)
  if (bytes > maxEntityBytes) throw tableErrors.EntityTooLarge()
}

/** Bytes as Azure counts them ("Understanding the Table service data model"). */
function sizeOf({ type, value }: EdmValue): number {
  switch (type) {
    case 'String':
      return value.length * 2 + 4
    case 'Binary':
      return Buffer.byteLength(value, 'base64') + 4
    case 'Guid':
      return 16
    case 'Boolean':
      return 1
    case 'Int32':
      return 4
    default:
      return 8
  }
}
