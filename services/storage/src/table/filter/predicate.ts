/** Compiles a filter to a function that decides about a row. */
import type { EdmValue } from '../edm/value.ts'
import { comparable } from './literal.ts'
import type { Comparison, Filter, Operand } from './syntax.ts'

/** What a filter may ask a row for: a property by its name, the system's included; undefined = it has none. */
export interface FilterRow {
  property(name: string): EdmValue | undefined
}

export type Predicate = (row: FilterRow) => boolean

export function compileFilter(filter: Filter): Predicate {
  switch (filter.kind) {
    case 'and': {
      const terms = filter.terms.map(compileFilter)
      return (row) => terms.every((term) => term(row))
    }
    case 'or': {
      const terms = filter.terms.map(compileFilter)
      return (row) => terms.some((term) => term(row))
    }
    case 'not': {
      const term = compileFilter(filter.term)
      return (row) => !term(row)
    }
    case 'truth': {
      const read = reader(filter.operand)
      return (row) => read(row)?.value === true
    }
    case 'compare':
      return compileComparison(filter.operator, filter.left, filter.right)
  }
}

interface Compared {
  /** Values compare only with those of the same family; all numbers are one. */
  readonly family: string
  readonly value: string | number | bigint | boolean
}

function compileComparison(operator: Comparison, left: Operand, right: Operand): Predicate {
  const readLeft = reader(left)
  const readRight = reader(right)
  const holds = relation[operator]
  return (row) => {
    const one = readLeft(row)
    const other = one && readRight(row)
    if (!other) return false
    if (one.family !== other.family) return operator === 'ne'
    return holds(one.value, other.value)
  }
}

function reader(operand: Operand): (row: FilterRow) => Compared | undefined {
  if (operand.kind === 'literal') {
    const constant = { family: familyOf(operand.type), value: operand.value }
    return () => constant
  }
  const { name } = operand
  return (row) => {
    const value = row.property(name)
    return value && { family: familyOf(value.type), value: comparable(value) }
  }
}

function familyOf(type: EdmValue['type']): string {
  return type === 'Int32' || type === 'Int64' || type === 'Double' ? 'number' : type
}

type Value = Compared['value']

/** Numbers and bigints compare exactly with each other; nothing equals NaN. */
const relation: Readonly<Record<Comparison, (left: Value, right: Value) => boolean>> = {
  eq: (left, right) => left <= right && left >= right,
  ne: (left, right) => !(left <= right && left >= right),
  gt: (left, right) => left > right,
  ge: (left, right) => left >= right,
  lt: (left, right) => left < right,
  le: (left, right) => left <= right,
}
