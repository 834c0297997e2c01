/** Markdown tables that also read well on a terminal. */

/** A table whose first column is left-aligned and whose others are right-aligned. */
export function renderTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((title, column) =>
    Math.max(3, title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  )
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const pad = (row: readonly string[]) =>
    line(
      widths.map((width, column) => {
        const cell = row[column] ?? ''
        return column === 0 ? cell.padEnd(width) : cell.padStart(width)
      }),
    )
  const rule = line(
    widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)),
  )
  return [pad(header), rule, ...rows.map(pad)].join('\n')
}

/** Three significant digits and grouped thousands; an em dash for what was not measured. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return '—'
  const magnitude = value === 0 ? 0 : Math.floor(Math.log10(Math.abs(value)))
  const digits = Math.min(2, Math.max(0, 2 - magnitude))
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}

/** A count of times something is larger, e.g. `3.14×`. */
export function formatRatio(value: number): string {
  return Number.isFinite(value) ? `${formatNumber(value)}×` : '—'
}

/** Bytes in whole MiB. */
export function formatMebibytes(bytes: number): string {
  return Number.isFinite(bytes) ? `${Math.round(bytes / 2 ** 20)}` : '—'
}
