/**
 * Entities as functions see them, and what functions give as entities: as the official extension does it with
 * `JObject` (Microsoft.Azure.WebJobs.Extensions.Tables, `TablesExtensionConfigProvider`).
 */
import { ensureError, type OutputValue, UserError } from '@aloft/kernel'
import { type EdmValue, parseObject, readKey, readValue, typeSuffix } from '../../table/index.ts'
import type { BoundEntity, EntityWrite } from './table-access.ts'

/** JSON text: the keys, then the properties; no ETag, no Timestamp. */
export function entityJson({ partitionKey, rowKey, properties }: BoundEntity): string {
  let text = `{"PartitionKey":${JSON.stringify(partitionKey)},"RowKey":${JSON.stringify(rowKey)}`
  for (const [name, value] of properties) text += `,${JSON.stringify(name)}:${valueJson(value)}`
  return `${text}}`
}

/** Int64 as a number with all its digits, times with the offset that .NET writes, bytes as base64. */
function valueJson({ type, value }: EdmValue): string {
  switch (type) {
    case 'Int64':
      return value
    case 'DateTime':
      return `"${value.slice(0, -1)}+00:00"`
    case 'Double':
      return Number.isFinite(value) ? String(value) : `"${value}"`
    default:
      return JSON.stringify(value)
  }
}

/** Keys of a binding, for entities that have none of their own. */
export interface DefaultKeys {
  readonly partitionKey: string | undefined
  readonly rowKey: string | undefined
}

/**
 * The entity that a function gave. `PartitionKey`, `RowKey` and `ETag` may be in any case; whole numbers become
 * Int64, other numbers Double, objects and arrays their JSON text; texts stay texts, also those with times.
 * @throws UserError that says what is wrong with it
 */
export function entityOfOutput(output: OutputValue, defaults: DefaultKeys): EntityWrite {
  const sources = new Map<string, string>()
  const json = parseOutput(output, sources)
  const properties = new Map<string, EdmValue>()
  let { partitionKey, rowKey } = defaults
  let etag: string | undefined
  for (const [name, value] of Object.entries(json)) {
    switch (name.toLowerCase()) {
      case 'partitionkey':
        partitionKey = keyOf(name, value, sources.get(name))
        break
      case 'rowkey':
        rowKey = keyOf(name, value, sources.get(name))
        break
      case 'etag':
      case 'odata.etag':
        etag = typeof value === 'string' && value !== '' ? value : undefined
        break
      default: {
        if (name === 'Timestamp' || name.endsWith(typeSuffix) || name.startsWith('odata.')) break
        const known = checkedProperty(name, value, json[name + typeSuffix], sources.get(name))
        if (known) properties.set(name, known)
      }
    }
  }
  if (partitionKey === undefined || rowKey === undefined)
    throw new UserError('An entity has no PartitionKey or no RowKey.', {
      hint: 'Give both in the entity, or in the options of the table binding.',
    })
  checkKey('PartitionKey', partitionKey)
  checkKey('RowKey', rowKey)
  return { partitionKey, rowKey, etag, properties }
}

function parseOutput(output: OutputValue, sources: Map<string, string>): Readonly<Record<string, unknown>> {
  const text = output.kind === 'bytes' ? Buffer.from(output.bytes).toString() : output.text
  try {
    return parseObject(text, (name, source) => sources.set(name, source))
  } catch (cause) {
    throw new UserError('What a function gives to a table must be an object, or an array of objects.', {
      cause,
    })
  }
}

/** Numbers and booleans are taken as .NET writes them as text. */
function keyOf(name: string, value: unknown, source: string | undefined): string | undefined {
  if (value === null) return undefined
  if (typeof value === 'object')
    throw new UserError(`The ${name} of an entity must be a text, and is ${JSON.stringify(value)}.`)
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  return source ?? String(value)
}

function checkKey(name: string, key: string): void {
  try {
    readKey(key)
  } catch (error) {
    throw new UserError(`'${key}' cannot be the ${name} of an entity.`, {
      hint: 'A key has at most 512 characters, none of them a control character or one of / \\ # ?',
      cause: ensureError(error),
    })
  }
}

/** @throws UserError that names the property */
function checkedProperty(
  name: string,
  value: unknown,
  type: unknown,
  source: string | undefined,
): EdmValue | undefined {
  try {
    return propertyValue(value, type, source)
  } catch (error) {
    const cause = ensureError(error)
    throw new UserError(`The property '${name}' of an entity cannot be stored: ${cause.message}`, { cause })
  }
}

function propertyValue(value: unknown, type: unknown, source: string | undefined): EdmValue | undefined {
  if (value === null) return undefined
  if (type !== undefined) return readValue(value, type)
  if (typeof value === 'object') return readValue(JSON.stringify(value, undefined, 2), undefined)
  if (typeof value !== 'number') return readValue(value, undefined)
  return /^-?\d+$/.test(source ?? '') ? readValue(source, 'Edm.Int64') : readValue(value, 'Edm.Double')
}
