/** `aloft storage query`: rows of a table. */
import { UserError } from '@aloft/kernel'
import { renderLines } from '../text-table.ts'
import { asking } from './refusal.ts'
import { fewTableTries } from './retries.ts'
import type { StorageCall } from './storage-call.ts'

const defaultTop = 100
const longestCell = 60

/** `TABLE`, with `--filter` in OData and `--select`. */
export async function query({
  operands,
  connection,
  options,
  context: { terminal },
}: StorageCall): Promise<void> {
  const [table] = operands
  if (table === undefined)
    throw new UserError('Which table?', { hint: 'Usage: aloft storage query TABLE [--filter TEXT]' })
  const { TableClient } = await import('@azure/data-tables')
  const client = TableClient.fromConnectionString(connection, table, fewTableTries)
  const top = options.top ?? defaultTop
  const queryOptions = {
    ...(options.filter && { filter: options.filter }),
    ...(options.select && { select: [...options.select] }),
  }
  const rows: Record<string, unknown>[] = []
  let isCut = false
  await asking(async () => {
    for await (const { etag: _etag, ...row } of client.listEntities({ queryOptions })) {
      if (rows.length === top) {
        isCut = true
        break
      }
      rows.push(row)
    }
  })
  if (options.json) {
    terminal.write(`${JSON.stringify(rows, (_name, value) => plain(value), 2)}\n`)
    return
  }
  if (rows.length === 0) {
    terminal.write('No row.\n')
    return
  }
  const titles = [...new Set(rows.flatMap((row) => Object.keys(row)))]
  const cells = rows.map((row) => titles.map((title) => cut(textOf(row[title]))))
  terminal.write(`${renderLines({ titles, rows: cells }).join('\n')}\n`)
  if (isCut) terminal.writeError(`Only the first ${top}; --top N shows more.\n`)
}

function plain(value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value
}

function textOf(value: unknown): string {
  if (value === undefined || value === null) return ''
  if (value instanceof Date) return value.toISOString()
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

function cut(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ')
  return line.length > longestCell ? `${line.slice(0, longestCell - 1)}…` : line
}
