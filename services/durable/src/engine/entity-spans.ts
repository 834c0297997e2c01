/** The spans of a batch of an entity: its operations, and what they send and start. */
import { formatTraceParent } from '@aloft/kernel'
import type { EntityBatchResult } from '../contracts.ts'
import type { EntityPlan } from './entity-turn.ts'
import type { HubContext } from './hub-context.ts'
import type { InstanceRow } from './model.ts'
import { beginSpan, type OpenSpan, tellSpan, traceStart } from './spans.ts'
import { entityFacts } from './turn-spans.ts'

export interface BatchSpans {
  /** One for each operation; undefined = nobody traces it. */
  readonly operations: readonly (OpenSpan | undefined)[]
  /** W3C header for the code that runs the batch: the first operation's. */
  readonly traceParent: string | undefined
  readonly startAt: number
}

export function beginBatch({ options, clock }: HubContext, { traceParents }: EntityPlan): BatchSpans {
  const startAt = clock.now()
  const first = traceParents.find((header) => header !== undefined)
  if (!options.onSpan || first === undefined) return { operations: [], traceParent: first, startAt }
  const operations = traceParents.map((header) => (header === undefined ? undefined : beginSpan(header)))
  const span = operations.find((each) => each !== undefined)
  return { operations, traceParent: span && formatTraceParent(span), startAt }
}

/** For signals and starts, one for each: nobody can say which operation they come from. */
export function spansWithin({ traceParent, operations }: BatchSpans, count: number): readonly OpenSpan[] {
  return operations.length === 0 ? [] : Array.from({ length: count }, () => beginSpan(traceParent))
}

export interface TracedBatch {
  readonly entity: InstanceRow
  readonly plan: EntityPlan
  readonly result: EntityBatchResult
  readonly spans: BatchSpans
  readonly signals: readonly OpenSpan[]
  readonly starts: readonly OpenSpan[]
  readonly started: readonly InstanceRow[]
}

/** Call it when the batch is durable. */
export function traceBatch(context: HubContext, batch: TracedBatch): void {
  const { entity, plan, result, spans, signals, starts, started } = batch
  const { startAt } = spans
  const endAt = context.clock.now()
  spans.operations.forEach((span, index) => {
    const request = plan.requests[index]
    const answer = result.results[index]
    if (!span || !request) return
    const facts = entityFacts(request.signal ? 'consumer' : 'server', entity.id, request)
    const error = answer?.isError ? (answer.failure?.ErrorMessage ?? answer.result ?? 'failed') : undefined
    tellSpan(context, span, { ...facts, startAt, endAt, error })
  })
  signals.forEach((span, index) => {
    const signal = result.signals[index]
    if (!signal) return
    const facts = entityFacts('producer', signal.instanceId, { id: '', op: signal.name })
    tellSpan(context, span, { ...facts, startAt: endAt, endAt })
  })
  starts.forEach((span, index) => {
    const row = started[index]
    if (row) traceStart(context, span, row, endAt)
  })
}
