/** Work for connected workers: what is sent of it, and what its answer means. */
import type {
  ActivityResult,
  ActivityWork,
  EntityBatch,
  EntityBatchResult,
  OrchestratorTurn,
  TurnResult,
} from '../contracts.ts'
import { entityBatchRequest, type ProtoEntityResult, readEntityResult } from './entity-batches.ts'
import { type EntityForm, encodeNews, HistoryEncoder } from './history-events.ts'
import { type OrchestratorResponse, readTurnResult } from './orchestrator-response.ts'
import { failureFrom, nonEmpty, type ProtoFailure, type Text, textOf } from './values.ts'

export type WorkKind = 'orchestrator' | 'activity' | 'entity'

export interface ActivityResponse {
  readonly result: Text | null
  readonly failureDetails: ProtoFailure | null
  readonly completionToken: string
}

export type WorkAnswer = OrchestratorResponse | ActivityResponse | ProtoEntityResult

/** One piece of work; `Result` is the engine's. */
export interface Work<Result> {
  readonly kind: WorkKind
  readonly instanceId: string
  /** Of the function; workers filter by it. */
  readonly name: string
  readonly version: string
  /** The part of a `WorkItem` that belongs to it. @param history whether the worker asks for the past itself */
  item(history: 'sent' | 'streamed'): object
  /** @throws Error for an answer without sense */
  read(answer: never): Result
}

/** Characters of a history from which on a worker that can asks for it in pieces. */
const streamFrom = 1_000_000

export class OrchestratorWork implements Work<TurnResult> {
  readonly kind = 'orchestrator'
  readonly instanceId: string
  readonly name: string
  readonly version: string
  readonly turn: OrchestratorTurn
  readonly #trace: object | undefined

  /** @param trace what the worker has answered last as its `orchestrationTraceContext` */
  constructor(turn: OrchestratorTurn, trace: object | undefined) {
    this.instanceId = turn.instanceId
    this.name = turn.name
    this.version = turn.version ?? ''
    this.turn = turn
    this.#trace = trace
  }

  item(history: 'sent' | 'streamed'): object {
    const isStreamed = history === 'streamed' && this.turn.historyJson().length > streamFrom
    const request = orchestratorRequest(this.turn, isStreamed ? 'streamed' : 'sent')
    const trace = this.#trace && { orchestrationTraceContext: this.#trace }
    return { orchestratorRequest: { ...request, ...trace } }
  }

  read(answer: OrchestratorResponse): TurnResult {
    return readTurnResult(this.turn, answer)
  }
}

/** An `OrchestratorRequest`. */
export function orchestratorRequest(
  { instanceId, executionId, pastEvents, newEvents }: OrchestratorTurn,
  history: 'sent' | 'streamed',
  entities: EntityForm = 'typed',
): object {
  const request = {
    instanceId,
    executionId: textOf(executionId),
    entityParameters: { entityMessageReorderWindow: { seconds: 0, nanos: 0 } },
  }
  if (history === 'streamed')
    return { ...request, newEvents: encodeNews(pastEvents, newEvents), requiresHistoryStreaming: true }
  const encoder = new HistoryEncoder(entities)
  const past = encoder.encode(pastEvents)
  return { ...request, pastEvents: past, newEvents: encoder.encode(newEvents) }
}

export class ActivityItem implements Work<ActivityResult> {
  readonly kind = 'activity'
  readonly instanceId: string
  readonly name: string
  readonly version: string
  readonly #work: ActivityWork

  constructor(work: ActivityWork) {
    this.instanceId = work.instanceId
    this.name = work.name
    this.version = work.version ?? ''
    this.#work = work
  }

  item(): object {
    const { name, version, input, instanceId, executionId, taskId, traceParent, tags } = this.#work
    return {
      activityRequest: {
        name,
        version: nonEmpty(version),
        input: textOf(input),
        orchestrationInstance: { instanceId, executionId: textOf(executionId) },
        taskId,
        ...(traceParent && { parentTraceContext: { traceParent, spanID: traceParent.slice(36, 52) } }),
        ...(tags && { tags }),
      },
    }
  }

  read({ result, failureDetails }: ActivityResponse): ActivityResult {
    if (!failureDetails) return { kind: 'completed', result: result?.value ?? null }
    const failure = failureFrom(failureDetails)
    const { ErrorMessage: reason, StackTrace } = failure
    return { kind: 'failed', reason, details: StackTrace ?? reason, failure }
  }
}

export class EntityWork implements Work<EntityBatchResult> {
  readonly kind = 'entity'
  readonly version = ''
  readonly instanceId: string
  readonly name: string
  readonly #batch: EntityBatch

  constructor(batch: EntityBatch) {
    this.instanceId = batch.instanceId
    this.name = batch.name.toLowerCase()
    this.#batch = batch
  }

  item(): object {
    return { entityRequest: entityBatchRequest(this.#batch) }
  }

  read(answer: ProtoEntityResult): EntityBatchResult {
    return readEntityResult(this.#batch, answer)
  }
}
