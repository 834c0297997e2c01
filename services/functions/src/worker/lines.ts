/** A longer line is cut: a program that never ends its line must not fill the host's memory. */
const maxLineLength = 1024 * 1024

/** Calls `onLine` for each complete line of a text stream, and for the rest at its end. */
export function readLines(stream: NodeJS.ReadableStream, onLine: (line: string) => void): void {
  let rest = ''
  stream.setEncoding('utf8')
  stream.on('data', (chunk: string) => {
    const lines = (rest + chunk).split(/\r?\n/)
    rest = lines.pop() ?? ''
    for (const line of lines) onLine(line)
    if (rest.length < maxLineLength) return
    onLine(rest)
    rest = ''
  })
  stream.on('end', () => {
    if (rest !== '') onLine(rest)
    rest = ''
  })
}
