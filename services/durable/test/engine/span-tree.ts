/** Spans as an indented text, so that a test shows what it expects. */
import assert from 'node:assert/strict'
import type { DurableSpan } from '@aloft/durable'

type Node = Pick<DurableSpan, 'traceId' | 'spanId' | 'parentSpanId' | 'name' | 'startTime'> & {
  readonly kind: string
}

/**
 * One line a span, `kind name`, indented below its parent, in order of beginning. Fails when the spans are not one
 * tree below `root`.
 */
export function spanTree(spans: readonly Node[], root: { traceId: string; spanId: string }): string {
  const lines: string[] = []
  const add = (parent: string, indent: string) => {
    const children = spans.filter(({ parentSpanId }) => parentSpanId === parent)
    children.sort((one, other) => one.startTime - other.startTime || (one.name < other.name ? -1 : 1))
    for (const { kind, name, spanId } of children) {
      lines.push(`${indent}${kind} ${name}`)
      add(spanId, `${indent}  `)
    }
  }
  add(root.spanId, '')
  assert.deepEqual(new Set(spans.map(({ traceId }) => traceId)), new Set([root.traceId]))
  assert.equal(new Set(spans.map(({ spanId }) => spanId)).size, spans.length, 'ids are unique')
  assert.equal(lines.length, spans.length, `every span is below the root: ${JSON.stringify(spans, null, 1)}`)
  return lines.join('\n')
}

/** Removes the common indentation of a text in a template. */
export function lines(text: string): string {
  const rows = text.split('\n').filter((row) => row.trim() !== '')
  const indent = Math.min(...rows.map((row) => row.search(/\S/)))
  return rows.map((row) => row.slice(indent)).join('\n')
}
