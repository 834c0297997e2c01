/**
 * Spans of distributed tracing. Names, kinds and attributes are the Durable Task Framework's (durabletask,
 * `TraceHelper`); whoever takes them is told when a span has ended and what it did is durable.
 */
import { formatTraceParent, newSpan, parseTraceParent, type TraceContext } from '@aloft/kernel'
import type { HistoryEvent } from '../contracts.ts'
import type { HubContext } from './hub-context.ts'
import type { DurableSpan } from './hub-options.ts'
import type { InstanceRow, Origin } from './model.ts'

/** A span that has begun, and what it is a part of. */
export interface OpenSpan extends TraceContext {
  /** '' = nothing. */
  readonly parentSpanId: string
}

/** @param parent W3C header; without it, a trace begins */
export function beginSpan(parent: string | undefined): OpenSpan {
  const context = parseTraceParent(parent)
  return { ...newSpan(context), parentSpanId: context?.spanId ?? '' }
}

/** An orchestration has one span for each execution, from its first turn to its end. Undefined when it is not traced. */
export function orchestrationSpan({ traceParent, spanId }: Origin): OpenSpan | undefined {
  const parent = parseTraceParent(traceParent)
  return parent && spanId ? { ...parent, spanId, parentSpanId: parent.spanId } : undefined
}

/** The orchestration's own span as a W3C header: what it starts is a part of it. */
export function traceParentOf(origin: Origin): string | undefined {
  const span = orchestrationSpan(origin)
  return span && formatTraceParent(span)
}

/**
 * What an orchestration waits for or sends, on its side. The span's id is made of the orchestration's and the event's,
 * so that it is the same after a restart without having been stored.
 *
 * @param begun `TaskScheduled`, `SubOrchestrationInstanceCreated`, `TimerCreated` or `EventSent`
 */
export function taskSpan(
  orchestration: OpenSpan,
  begun: Pick<HistoryEvent, 'EventId' | 'Timestamp'>,
): OpenSpan {
  const { spanId: parentSpanId } = orchestration
  // A task that is tried again under its id is another span.
  const time = Date.parse(begun.Timestamp)
  const high = mixed(Number.parseInt(parentSpanId.slice(0, 8), 16) ^ mixed(begun.EventId + 1))
  const low = mixed(Number.parseInt(parentSpanId.slice(8), 16) ^ mixed(time) ^ mixed(high)) || 1
  return { ...orchestration, spanId: hex(high) + hex(low), parentSpanId }
}

/** The execution's next generation has a span beside this one. */
export function nextSpanId(spanId: string | undefined, generation: number): string | undefined {
  if (spanId === undefined) return undefined
  const high = mixed(Number.parseInt(spanId.slice(0, 8), 16) ^ mixed(generation))
  return hex(high || 1) + spanId.slice(8)
}

/** MurmurHash3's end: every bit of the number changes half of the result's. */
function mixed(number: number): number {
  let bits = number | 0
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b)
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35)
  return (bits ^ (bits >>> 16)) >>> 0
}

function hex(number: number): string {
  return number.toString(16).padStart(8, '0')
}

/** What is told of a span; times in milliseconds since 1970. */
export interface SpanFacts {
  readonly kind: DurableSpan['kind']
  readonly name: string
  readonly type: 'orchestration' | 'activity' | 'timer' | 'event' | 'entity'
  readonly startAt: number
  /** @default now */
  readonly endAt?: number
  readonly error?: string | undefined
  /** Further ones, behind `durabletask.`; undefined is left out. */
  readonly attributes: Readonly<Record<string, string | undefined>>
}

export function tellSpan({ options, clock }: HubContext, span: OpenSpan, facts: SpanFacts): void {
  const { kind, name, type, startAt, endAt = clock.now(), error } = facts
  const attributes: Record<string, string> = { 'durabletask.type': type }
  for (const [key, value] of Object.entries(facts.attributes))
    if (value !== undefined) attributes[`durabletask.${key}`] = value
  const { traceId, spanId, parentSpanId } = span
  const durationMs = Math.max(0, endAt - startAt)
  options.onSpan?.({
    traceId,
    spanId,
    parentSpanId,
    kind,
    name,
    startTime: startAt,
    durationMs,
    error,
    attributes,
  })
}

/** What starts an orchestration: a client, or an entity. */
export function traceStart(context: HubContext, span: OpenSpan, row: InstanceRow, startAt: number): void {
  tellSpan(context, span, {
    kind: 'producer',
    name: `create_orchestration:${versioned(row.name, row.version)}`,
    type: 'orchestration',
    startAt,
    attributes: {
      'task.name': row.name,
      'task.version': row.version ?? undefined,
      'task.instance_id': row.id,
      'task.execution_id': row.executionId,
    },
  })
}

/** `Hello`, or `Hello@(2.0)` with a version. */
export function versioned(name: string, version: string | null | undefined): string {
  return version ? `${name}@(${version})` : name
}
