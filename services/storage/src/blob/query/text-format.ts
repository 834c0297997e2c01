/** CSV and lines of JSON, in and out. */
import { QueryError, type Row, rowOfFields, rowOfValue, textOf, type Value } from './value.ts'

export interface CsvFormat {
  readonly kind: 'csv'
  readonly column: string
  readonly record: string
  readonly quote: string
  /** '' = none. */
  readonly escape: string
  readonly hasHeaders: boolean
}

export interface JsonFormat {
  readonly kind: 'json'
  readonly record: string
}

export type TextFormat = CsvFormat | JsonFormat

/** The records of a text that comes in pieces. @throws QueryError for JSON that is none */
export function readRows(pieces: AsyncIterable<string>, format: TextFormat): AsyncGenerator<Row> {
  return format.kind === 'csv' ? csvRows(pieces, format) : jsonRows(pieces, format)
}

async function* csvRows(pieces: AsyncIterable<string>, format: CsvFormat): AsyncGenerator<Row> {
  let names: readonly string[] | undefined
  let isFirst = format.hasHeaders
  for await (const fields of csvRecords(pieces, format)) {
    if (isFirst) names = fields
    else yield rowOfFields(fields, names)
    isFirst = false
  }
}

async function* csvRecords(pieces: AsyncIterable<string>, format: CsvFormat): AsyncGenerator<string[]> {
  const { column, quote, escape: mark } = format
  const end = format.record.at(-1)!
  const lead = format.record.slice(0, -1)
  let fields: string[] = []
  let field = ''
  let isQuoted = false
  let isEscaped = false
  /** A quote within quotes: it ends them, or is the first of two. */
  let isAfterQuote = false
  const endRecord = (): string[] => {
    // Separators of two signs, and lines of Windows where those of Unix are asked for.
    if (lead !== '' && field.endsWith(lead)) field = field.slice(0, -lead.length)
    else if (lead === '' && end === '\n' && field.endsWith('\r')) field = field.slice(0, -1)
    const record = [...fields, field]
    fields = []
    field = ''
    return record
  }
  for await (const piece of pieces)
    for (const sign of piece) {
      if (isEscaped) {
        field += sign
        isEscaped = false
        continue
      }
      if (isAfterQuote) {
        isAfterQuote = false
        if (sign === quote) {
          field += sign
          continue
        }
        isQuoted = false
      }
      if (sign === mark && mark !== quote) isEscaped = true
      else if (isQuoted) {
        if (sign === quote) isAfterQuote = true
        else field += sign
      } else if (sign === quote && field === '') isQuoted = true
      else if (sign === column) {
        fields.push(field)
        field = ''
      } else if (sign === end) yield endRecord()
      else field += sign
    }
  if (field !== '' || fields.length > 0) yield endRecord()
}

async function* jsonRows(pieces: AsyncIterable<string>, { record }: JsonFormat): AsyncGenerator<Row> {
  let rest = ''
  for await (const piece of pieces) {
    const lines = (rest + piece).split(record)
    rest = lines.pop() ?? ''
    for (const line of lines) if (line.trim() !== '') yield rowOfValue(parseLine(line))
  }
  if (rest.trim() !== '') yield rowOfValue(parseLine(rest))
}

function parseLine(line: string): Value {
  try {
    return JSON.parse(line)
  } catch {
    throw new QueryError(`A record is no JSON: ${line.trim().slice(0, 40)}`)
  }
}

/** One record of a result. */
export function writeRow(columns: readonly (readonly [string, Value])[], format: TextFormat): string {
  if (format.kind === 'json') return JSON.stringify(Object.fromEntries(columns)) + format.record
  return columns.map(([, value]) => csvField(textOf(value), format)).join(format.column) + format.record
}

/** The line of names, where one is asked for. */
export function writeNames(columns: readonly (readonly [string, Value])[], format: TextFormat): string {
  if (format.kind === 'json' || !format.hasHeaders) return ''
  return columns.map(([name]) => csvField(name, format)).join(format.column) + format.record
}

function csvField(text: string, { column, record, quote }: CsvFormat): string {
  if (![column, record, quote, '\n'].some((sign) => text.includes(sign))) return text
  return quote + text.replaceAll(quote, quote + quote) + quote
}
