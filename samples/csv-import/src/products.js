/** Reads the lines of a product file; knows nothing of functions or storage. */
import { parse } from 'csv-parse/sync'

const columns = ['category', 'sku', 'name', 'price', 'stock']

/**
 * The products of a CSV file whose first line names the columns, and the lines that are none, each with the reason.
 * Throws when the file as a whole is not such a file.
 */
export function readProducts(text) {
  const [header = [], ...lines] = parse(text, {
    bom: true,
    trim: true,
    skip_empty_lines: true,
    relax_column_count: true,
    info: true,
  }).map(({ record, info }) => Object.assign(record, { line: info.lines }))
  const missing = columns.filter((column) => !header.includes(column))
  if (missing.length > 0) throw new Error(`The first line must name the columns ${missing.join(', ')}, too.`)
  const products = []
  const rejected = []
  for (const fields of lines) {
    const row = Object.fromEntries(header.map((name, index) => [name, fields[index]]))
    const reason = fields.length === header.length ? problemOf(row) : `has ${fields.length} fields`
    if (reason) rejected.push({ line: fields.line, reason, text: fields.join(',') })
    else products.push({ ...row, price: Number(row.price), stock: Number(row.stock) })
  }
  return { products, rejected }
}

function problemOf({ category, sku, name, price, stock }) {
  if (!/^[\w-]{1,40}$/.test(category)) return 'the category must be one word'
  if (!/^[\w-]{1,40}$/.test(sku)) return 'the sku must be one word'
  if (name === '') return 'the name is missing'
  if (!/^\d+(\.\d{1,2})?$/.test(price)) return `the price '${price}' is no amount`
  if (!/^\d+$/.test(stock)) return `the stock '${stock}' is no whole number`
  return undefined
}

/** What is wrong, as a CSV file again. */
export function renderRejected(rejected) {
  const quote = (text) => `"${String(text).replaceAll('"', '""')}"`
  return [
    'line,reason,text',
    ...rejected.map(({ line, reason, text }) => [line, quote(reason), quote(text)].join(',')),
  ]
    .join('\n')
    .concat('\n')
}
