/** W3C Trace Context (https://www.w3.org/TR/trace-context/), and the random ids that it needs. */
import { randomHex } from './ids.ts'

export * from './ids.ts'
export * from './run-ids.ts'

export interface TraceContext {
  /** 32 lower-case hexadecimal digits, not all zero. */
  readonly traceId: string
  /** 16 lower-case hexadecimal digits, not all zero: the current span. */
  readonly spanId: string
  readonly isSampled: boolean
  /** The `tracestate` header as received. */
  readonly state: string
}

const headerPattern = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/
const zeros = /^0+$/

/** Reads `traceparent` and `tracestate`; undefined when the header is absent or malformed. */
export function parseTraceParent(traceparent: string | undefined, tracestate = ''): TraceContext | undefined {
  const match = traceparent ? headerPattern.exec(traceparent) : null
  if (!match) return undefined
  const [, version, traceId = '', spanId = '', flags = '', rest] = match
  if (version === 'ff' || zeros.test(traceId) || zeros.test(spanId) || (version === '00' && rest))
    return undefined
  return { traceId, spanId, isSampled: (Number.parseInt(flags, 16) & 1) === 1, state: tracestate }
}

export function formatTraceParent(context: TraceContext): string {
  return `00-${context.traceId}-${context.spanId}-${context.isSampled ? '01' : '00'}`
}

/** A new span: the child of `parent`, or the root of a new trace. */
export function newSpan(parent?: TraceContext): TraceContext {
  if (parent)
    return { traceId: parent.traceId, spanId: randomHex(8), isSampled: parent.isSampled, state: parent.state }
  return { traceId: randomHex(16), spanId: randomHex(8), isSampled: true, state: '' }
}
