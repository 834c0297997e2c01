/**
 * Stacks in terms of the sources of built apps. Node's own support for source maps reads every map when its
 * file is loaded; here a map is read when an error goes to the host.
 */
import { readFileSync } from 'node:fs'
import { SourceMap, type SourceMapPayload } from 'node:module'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A frame with a place: `    at f (/app/dist/x.js:1:2)`, `    at file:///app/x.mjs:1:2`. */
const frame = /^(\s+at (?:async )?(?:.*\()?)((?:file:\/\/|[A-Za-z]:[\\/]|\/).*):(\d+):(\d+)(?=\)?$)/gm
const mapComment = /\/\/[#@] sourceMappingURL=(\S+)\s*$/
const inlinePrefix = /^data:application\/json[^,]*;base64,/
/** The map of a file, or none. */
const maps = new Map<string, SourceMap | undefined>()

/** Replaces the places of built files that have a source map; what has none, or a broken one, stays. */
export function mapStack(stack: string): string {
  return stack.replace(frame, (whole, before: string, file: string, line: string, column: string) => {
    const path = file.startsWith('file://') ? fileURLToPath(file) : file
    const entry = sourceMapOf(path)?.findEntry(Number(line) - 1, Number(column) - 1)
    if (!entry || !('originalSource' in entry)) return whole
    const source = entry.originalSource.startsWith('file://')
      ? fileURLToPath(entry.originalSource)
      : resolve(dirname(path), entry.originalSource)
    return `${before}${source}:${entry.originalLine + 1}:${entry.originalColumn + 1}`
  })
}

function sourceMapOf(path: string): SourceMap | undefined {
  if (!maps.has(path)) maps.set(path, path.includes('/node_modules/') ? undefined : readSourceMap(path))
  return maps.get(path)
}

/** For code that was made in memory of the file at `path`, its map in the last line. */
export function rememberSourceMap(path: string, code: string): void {
  maps.set(path, parseSourceMap(path, code))
}

function readSourceMap(path: string): SourceMap | undefined {
  try {
    return parseSourceMap(path, readFileSync(path, 'utf8'))
  } catch {
    return undefined
  }
}

function parseSourceMap(path: string, code: string): SourceMap | undefined {
  const url = mapComment.exec(code)?.[1]
  if (url === undefined) return undefined
  const json = inlinePrefix.test(url)
    ? Buffer.from(url.replace(inlinePrefix, ''), 'base64').toString()
    : readFileSync(resolve(dirname(path), decodeURIComponent(url)), 'utf8')
  return new SourceMap(JSON.parse(json) as SourceMapPayload)
}
