/** Values of queries, and the rows that they come from. */

/** Whatever JSON has; columns of CSV are text. */
export type Value = string | number | boolean | null | readonly Value[] | { readonly [name: string]: Value }

/** One record. */
export interface Row {
  /** A column by name, or by place: `_1` is the first. Null when there is none. */
  column(name: string): Value
  /** All columns, in order. */
  columns(): readonly (readonly [name: string, value: Value])[]
}

/** A query that cannot be read, or a value that it cannot use. */
export class QueryError extends Error {
  override readonly name = 'QueryError'
}

export function rowOfFields(fields: readonly string[], names: readonly string[] | undefined): Row {
  return {
    column(name) {
      const place = /^_(\d+)$/.exec(name)
      const index = place ? Number(place[1]) - 1 : indexOfName(names ?? [], name)
      return fields[index] ?? null
    },
    columns: () => fields.map((field, index) => [names?.[index] ?? `_${index + 1}`, field]),
  }
}

function indexOfName(names: readonly string[], name: string): number {
  const exact = names.indexOf(name)
  if (exact !== -1) return exact
  const lower = name.toLowerCase()
  return names.findIndex((each) => each.toLowerCase() === lower)
}

export function rowOfValue(value: Value): Row {
  return {
    column: (name) => memberOf(value, name),
    columns: () => (isObject(value) ? Object.entries(value) : [['_1', value]]),
  }
}

export function memberOf(value: Value, name: string): Value {
  return isObject(value) && Object.hasOwn(value, name) ? (value[name] ?? null) : null
}

function isObject(value: Value): value is { readonly [name: string]: Value } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** As it stands in CSV. */
export function textOf(value: Value): string {
  if (value === null) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
