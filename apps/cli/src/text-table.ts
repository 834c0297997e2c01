/** Columns of text for a terminal. */

export interface TextTable {
  readonly titles: readonly string[]
  readonly rows: readonly (readonly string[])[]
  /** Titles of the columns that hold numbers: they are set to the right. */
  readonly numbers?: readonly string[]
}

/** Lines, the titles first, each without blanks at its end. */
export function renderLines({ titles, rows, numbers = [] }: TextTable): string[] {
  const table = [titles, ...rows]
  const widths = titles.map((_, column) => Math.max(...table.map((row) => (row[column] ?? '').length)))
  return table.map((row) =>
    titles
      .map((title, column) => {
        const cell = row[column] ?? ''
        return numbers.includes(title) ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!)
      })
      .join('  ')
      .trimEnd(),
  )
}
