/** Operators and functions of queries. Null in, null out, unless said otherwise. */
import { QueryError, textOf, type Value } from './value.ts'

/** Undefined when they cannot be compared: text that is no number, with a number. */
export function compare(left: Value, right: Value): number | undefined {
  if (left === null || right === null) return undefined
  if (typeof left === 'boolean' || typeof right === 'boolean') {
    const [a, b] = [String(left).toLowerCase(), String(right).toLowerCase()]
    return a === b ? 0 : a < b ? -1 : 1
  }
  if (typeof left === 'number' || typeof right === 'number') {
    const [a, b] = [toNumber(left), toNumber(right)]
    return Number.isNaN(a) || Number.isNaN(b) ? undefined : Math.sign(a - b)
  }
  const [a, b] = [textOf(left), textOf(right)]
  return a === b ? 0 : a < b ? -1 : 1
}

function toNumber(value: Value): number {
  if (typeof value === 'number') return value
  return typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN
}

/** @throws QueryError for what is no number */
export function numberOf(value: Value): number {
  const number = toNumber(value)
  if (Number.isNaN(number)) throw new QueryError(`'${textOf(value)}' is no number.`)
  return number
}

/** `%` is any text, `_` any character; behind `mark` they are themselves. */
export function isLike(value: Value, pattern: Value, mark: string | undefined): boolean {
  if (value === null || pattern === null) return false
  let source = ''
  const signs = Array.from(textOf(pattern))
  for (let index = 0; index < signs.length; index++) {
    const sign = signs[index]!
    if (sign === mark && index + 1 < signs.length) source += quoted(signs[++index]!)
    else source += sign === '%' ? '.*' : sign === '_' ? '.' : quoted(sign)
  }
  return new RegExp(`^${source}$`, 'su').test(textOf(value))
}

function quoted(sign: string): string {
  return sign.replace(/[\\^$.*+?()[\]{}|/]/, '\\$&')
}

const casts: Readonly<Record<string, (value: Value) => Value>> = {
  INT: (value) => Math.trunc(numberOf(value)),
  INTEGER: (value) => Math.trunc(numberOf(value)),
  FLOAT: numberOf,
  DECIMAL: numberOf,
  NUMERIC: numberOf,
  STRING: textOf,
  BOOL: toBoolean,
  BOOLEAN: toBoolean,
  TIMESTAMP: (value) => {
    const time = Date.parse(textOf(value))
    if (Number.isNaN(time)) throw new QueryError(`'${textOf(value)}' is no time.`)
    return new Date(time).toISOString()
  },
}

function toBoolean(value: Value): boolean {
  const text = textOf(value).toLowerCase()
  if (text === 'true' || text === '1') return true
  if (text === 'false' || text === '0') return false
  throw new QueryError(`'${textOf(value)}' is neither true nor false.`)
}

/** @throws QueryError for a type that there is not */
export function castTo(type: string): (value: Value) => Value {
  const cast = casts[type]
  if (!cast) throw new QueryError(`There is no type ${type}.`)
  return (value) => (value === null ? null : cast(value))
}

const functions: Readonly<Record<string, (...values: readonly Value[]) => Value>> = {
  LOWER: (text) => onText(text, (each) => each.toLowerCase()),
  UPPER: (text) => onText(text, (each) => each.toUpperCase()),
  TRIM: (text) => onText(text, (each) => each.trim()),
  CHAR_LENGTH: (text) => onText(text, (each) => Array.from(each).length),
  CHARACTER_LENGTH: (text) => onText(text, (each) => Array.from(each).length),
  /** Places count from one. */
  SUBSTRING: (text, from = 1, count = Number.POSITIVE_INFINITY) =>
    onText(text, (each) => {
      const start = numberOf(from) - 1
      return Array.from(each)
        .slice(Math.max(0, start), Math.max(0, start + numberOf(count)))
        .join('')
    }),
  COALESCE: (...values) => values.find((each) => each !== null) ?? null,
  NULLIF: (a = null, b = null) => (compare(a, b) === 0 ? null : a),
}

function onText(value: Value | undefined, work: (text: string) => Value): Value {
  return value === null || value === undefined ? null : work(textOf(value))
}

/** @throws QueryError for a function that there is not */
export function functionNamed(name: string): (...values: readonly Value[]) => Value {
  const found = Object.hasOwn(functions, name) ? functions[name] : undefined
  if (!found) throw new QueryError(`There is no function ${name}.`)
  return found
}

const operators: Readonly<Record<string, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a % b,
}

export function calculate(sign: string, left: Value, right: Value): Value {
  if (left === null || right === null) return null
  return sign === '||' ? textOf(left) + textOf(right) : operators[sign]!(numberOf(left), numberOf(right))
}

export type Aggregate = 'COUNT' | 'SUM' | 'AVG' | 'MIN' | 'MAX'

export function isAggregate(name: string): name is Aggregate {
  return ['COUNT', 'SUM', 'AVG', 'MIN', 'MAX'].includes(name)
}

/** Gathers the values of one column; nulls do not count. */
export class Gathering {
  readonly #name: Aggregate
  #count = 0
  #sum = 0
  #best: Value = null

  constructor(name: Aggregate) {
    this.#name = name
  }

  /** @throws QueryError */
  add(value: Value): void {
    if (value === null) return
    if (this.#name === 'SUM' || this.#name === 'AVG') this.#sum += numberOf(value)
    if (this.#name === 'MIN' || this.#name === 'MAX') {
      const order = compare(value, this.#best) ?? 0
      if (this.#best === null || (this.#name === 'MIN' ? order < 0 : order > 0)) this.#best = value
    }
    this.#count++
  }

  get result(): Value {
    switch (this.#name) {
      case 'COUNT':
        return this.#count
      case 'SUM':
        return this.#count === 0 ? null : this.#sum
      case 'AVG':
        return this.#count === 0 ? null : this.#sum / this.#count
      default:
        return this.#best
    }
  }
}
