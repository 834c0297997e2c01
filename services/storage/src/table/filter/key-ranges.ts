/** Which keys a filter can match at all: where a query seeks instead of looking at every row. */
import { successor } from '../edm/keys.ts'
import type { Comparison, Filter, Literal, Operand } from './syntax.ts'

/** From `from`, up to but without `to`; undefined = no end. Ordinal by UTF-16 units. */
export interface TextRange {
  readonly from: string
  readonly to: string | undefined
}

/** Keys whose two parts lie each in a range. */
export interface KeyRange {
  readonly partitions: TextRange
  readonly rows: TextRange
}

export const everyText: TextRange = { from: '', to: undefined }
export const everyKey: KeyRange = { partitions: everyText, rows: everyText }

export interface KeyRanges {
  /** Disjoint, ascending. */
  readonly ranges: readonly KeyRange[]
  /** Every row in them matches: nothing is left to decide. */
  readonly isExact: boolean
}

/** More than so many ranges are replaced with one around them. */
const maxRanges = 200

export function keyRangesOf(filter: Filter): KeyRanges {
  const { ranges, isExact } = rangesOf(filter)
  return disjoint(ranges, isExact)
}

/** Whether there is only one partition in the range. */
export function singlePartition({ partitions }: KeyRange): boolean {
  return partitions.to === successor(partitions.from)
}

function rangesOf(filter: Filter): KeyRanges {
  switch (filter.kind) {
    case 'and':
      return filter.terms.map(rangesOf).reduce(intersectAll)
    case 'or': {
      const terms = filter.terms.map(rangesOf)
      return { ranges: terms.flatMap(({ ranges }) => ranges), isExact: terms.every(({ isExact }) => isExact) }
    }
    case 'compare':
      return comparisonRanges(filter.operator, filter.left, filter.right)
    default:
      return anything
  }
}

const anything: KeyRanges = { ranges: [everyKey], isExact: false }

function comparisonRanges(operator: Comparison, left: Operand, right: Operand): KeyRanges {
  if (left.kind === 'property' && right.kind === 'literal') return keyComparison(left.name, operator, right)
  if (left.kind === 'literal' && right.kind === 'property')
    return keyComparison(right.name, mirrored[operator], left)
  return anything
}

const mirrored: Readonly<Record<Comparison, Comparison>> = {
  eq: 'eq',
  ne: 'ne',
  gt: 'lt',
  ge: 'le',
  lt: 'gt',
  le: 'ge',
}

function keyComparison(name: string, operator: Comparison, literal: Literal): KeyRanges {
  const isPartition = name === 'PartitionKey'
  if (operator === 'ne' || !(isPartition || name === 'RowKey')) return anything
  // Keys are texts; nothing else compares with them.
  if (typeof literal.value !== 'string' || literal.type !== 'String') return { ranges: [], isExact: true }
  const range = rangeOf(operator, literal.value)
  const key = isPartition ? { partitions: range, rows: everyText } : { partitions: everyText, rows: range }
  return { ranges: [key], isExact: true }
}

function rangeOf(operator: Exclude<Comparison, 'ne'>, text: string): TextRange {
  switch (operator) {
    case 'eq':
      return { from: text, to: successor(text) }
    case 'gt':
      return { from: successor(text), to: undefined }
    case 'ge':
      return { from: text, to: undefined }
    case 'lt':
      return { from: '', to: text }
    case 'le':
      return { from: '', to: successor(text) }
  }
}

function intersectAll(left: KeyRanges, right: KeyRanges): KeyRanges {
  const ranges: KeyRange[] = []
  for (const one of left.ranges)
    for (const other of right.ranges) {
      const common = intersect(one, other)
      if (common) ranges.push(common)
      if (ranges.length > maxRanges) return { ranges: left.ranges, isExact: false }
    }
  return { ranges, isExact: left.isExact && right.isExact }
}

function intersect(one: KeyRange, other: KeyRange): KeyRange | undefined {
  const partitions = intersectText(one.partitions, other.partitions)
  const rows = partitions && intersectText(one.rows, other.rows)
  return rows && { partitions, rows }
}

function intersectText(one: TextRange, other: TextRange): TextRange | undefined {
  const from = one.from > other.from ? one.from : other.from
  const to = isBefore(one.to, other.to) ? one.to : other.to
  return to !== undefined && from >= to ? undefined : { from, to }
}

/** Whether the end `one` comes before the end `other`. */
function isBefore(one: string | undefined, other: string | undefined): boolean {
  return one !== undefined && (other === undefined || one < other)
}

/** Sorts ranges, and puts those together that would deliver rows twice or out of order. */
function disjoint(ranges: readonly KeyRange[], isExact: boolean): KeyRanges {
  if (ranges.length <= 1) return { ranges, isExact }
  const sorted = ranges.length > maxRanges ? [ranges.reduce(around)] : ranges.toSorted(byStart)
  const result: KeyRange[] = []
  let isStillExact = isExact && ranges.length <= maxRanges
  for (const range of sorted) {
    const last = result.at(-1)
    if (!last || isAfter(range, last)) result.push(range)
    else {
      isStillExact &&= isSame(range.partitions, last.partitions) && touches(last.rows, range.rows)
      result[result.length - 1] = around(last, range)
    }
  }
  return { ranges: result, isExact: isStillExact }
}

function byStart(one: KeyRange, other: KeyRange): number {
  return compare(one.partitions.from, other.partitions.from) || compare(one.rows.from, other.rows.from)
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}

/** Whether every key of `range` comes after every key of `last`. */
function isAfter(range: KeyRange, last: KeyRange): boolean {
  if (last.partitions.to !== undefined && range.partitions.from >= last.partitions.to) return true
  const isOnePartition = singlePartition(last) && isSame(range.partitions, last.partitions)
  return isOnePartition && last.rows.to !== undefined && range.rows.from > last.rows.to
}

function isSame(one: TextRange, other: TextRange): boolean {
  return one.from === other.from && one.to === other.to
}

function touches(one: TextRange, other: TextRange): boolean {
  return one.to === undefined || other.from <= one.to
}

/** The smallest range that holds both. */
function around(one: KeyRange, other: KeyRange): KeyRange {
  return {
    partitions: aroundText(one.partitions, other.partitions),
    rows: aroundText(one.rows, other.rows),
  }
}

function aroundText(one: TextRange, other: TextRange): TextRange {
  return {
    from: one.from < other.from ? one.from : other.from,
    to: isBefore(one.to, other.to) ? other.to : one.to,
  }
}
