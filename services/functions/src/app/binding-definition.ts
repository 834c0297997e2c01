/** One binding of a function: parsed, checked, `%SETTING%` put in (host `BindingMetadata`, `Utility.ValidateBinding`). */
import { type AppContext, type BindingDefinition, substitute } from '@aloft/kernel'
import { isObject } from './config-section.ts'
import { isReturnName, isValidBindingName } from './function-name.ts'

type Direction = BindingDefinition['direction']
type DataType = BindingDefinition['dataType']

export function isDirection(text: string): text is Direction {
  return text === 'in' || text === 'out' || text === 'inout'
}

/** Parses a binding's JSON. Throws an Error whose message names what is wrong. */
export function parseBinding(json: string, app: AppContext): BindingDefinition {
  const parsed: unknown = JSON.parse(json)
  if (!isObject(parsed)) throw new Error(`A binding must be an object, but is ${json.slice(0, 60)}.`)
  const { cardinality, connection, ...raw } = lowerFirstLetters(parsed)
  const name = String(raw.name ?? '')
  if (!isValidBindingName(name)) {
    throw new Error(`The binding name ${name} is invalid. Please assign a valid name to the binding.`)
  }
  if (typeof raw.type !== 'string' || raw.type === '') {
    throw new Error(`Binding '${name}' is invalid. Bindings must specify a Type.`)
  }
  const direction = parseDirection(raw.direction)
  if (isReturnName(name) && direction !== 'out')
    throw new Error("$return bindings must specify a direction of 'out'.")
  return {
    ...substituteAll(raw, app),
    name: isReturnName(name) ? '$return' : name,
    type: raw.type,
    direction,
    dataType: parseDataType(name, raw.dataType),
    ...optional('cardinality', parseCardinality(name, cardinality)),
    ...optional('connection', parseConnection(connection, app)),
  }
}

/** The type that a binding's JSON names; '' when it is not sound. */
export function typeOfBinding(json: string): string {
  try {
    const parsed: unknown = JSON.parse(json)
    return isObject(parsed) ? String(lowerFirstLetters(parsed).type ?? '') : ''
  } catch {
    return ''
  }
}

/** A binding whose direction is not `out` and whose type ends in `Trigger` starts the function. */
export function isTrigger(binding: BindingDefinition): boolean {
  return binding.direction !== 'out' && /trigger$/i.test(binding.type)
}

/** .NET reads options in any case, and its users write them in Pascal case; ours are in camel case. */
function lowerFirstLetters(raw: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const entries = Object.entries(raw).map(([key, value]) => {
    const camel = key.charAt(0).toLowerCase() + key.slice(1)
    return [Object.hasOwn(raw, camel) ? key : camel, value]
  })
  return Object.fromEntries(entries)
}

function parseDirection(value: unknown): Direction {
  const direction = String(value ?? 'in').toLowerCase()
  if (isDirection(direction)) return direction
  throw new Error(`'${String(value)}' is not a valid binding direction.`)
}

function parseDataType(name: string, value: unknown): DataType {
  const text = String(value ?? 'undefined').toLowerCase()
  if (text === 'undefined' || text === 'string' || text === 'binary' || text === 'stream') return text
  throw new Error(
    `'${String(value)}' is not a valid dataType of binding '${name}'; expected string, binary or stream.`,
  )
}

function parseCardinality(name: string, value: unknown): BindingDefinition['cardinality'] {
  if (value === undefined || value === null) return undefined
  const text = String(value).toLowerCase()
  if (text === 'one' || text === 'many') return text
  throw new Error(`'${String(value)}' is not a valid cardinality of binding '${name}'; expected one or many.`)
}

/** The name of a setting, or `%X%` where X holds that name, or is itself the setting. */
function parseConnection(value: unknown, app: AppContext): string | undefined {
  if (value === undefined || value === null || value === '') return undefined
  const stated = String(value)
  const name = substitute(stated, (setting) => app.setting(setting))
  const whole = /^%([^%]+)%$/.exec(stated)?.[1]
  return whole === undefined || app.connection(name) ? name : whole
}

/** Puts settings into every option that is text. Free text and JSON may hold percent signs that mean themselves. */
function substituteAll(raw: Readonly<Record<string, unknown>>, app: AppContext): Record<string, unknown> {
  const entries = Object.entries(raw).map(([key, value]) => {
    const isPlain = typeof value !== 'string' || /^(?:name|type|direction)$|description$/i.test(key)
    return [key, isPlain || isJsonText(value) ? value : substitute(value, (name) => app.setting(name))]
  })
  return Object.fromEntries(entries)
}

/** Whether an option's text is a JSON object or array (a schema, MCP `toolProperties`), not a template. */
export function isJsonText(text: string): boolean {
  if (!/^\s*[[{]/.test(text)) return false
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

function optional<Key extends string, Value>(
  key: Key,
  value: Value | undefined,
): { readonly [K in Key]?: Value } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [K in Key]?: Value })
}
