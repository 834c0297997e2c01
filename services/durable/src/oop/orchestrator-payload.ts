/**
 * What the orchestrator trigger hands to the worker (azure-functions-durable-extension,
 * `OrchestrationTriggerAttributeBindingProvider`).
 */
import type { HistoryEvent, OrchestratorTurn } from '../contracts.ts'

export interface PayloadOptions {
  readonly defaultHttpPollMs: number
}

/** Timers that fire later are made of chunks; the same for all turns of an instance, or ids would change. */
export const timerDurations = {
  maximumShortTimerMs: 6 * 86_400_000,
  longTimerChunkMs: 3 * 86_400_000,
} as const

/** The texts that stand for `timerDurations`. */
const durationTexts = `"longRunningTimerIntervalDuration":"3.00:00:00","maximumShortTimerDuration":"6.00:00:00"`

/** What a worker that keeps orchestrators is told: which execution it is, and where to go on. */
export interface WarmStart {
  /** How many events the worker has seen; undefined = none, it gets the whole history. */
  readonly from: number | undefined
  /** Those of earlier turns that it has not seen. */
  readonly unseen: readonly HistoryEvent[]
}

/**
 * JSON text. Written by hand around the history's text, which is kept from turn to turn. `upperSchemaVersion` stays 1
 * because old Python SDKs refuse more; newer ones look at `upperSchemaVersionNew`.
 *
 * @param warm for workers that may keep the orchestrator
 */
export function orchestratorPayload(
  turn: OrchestratorTurn,
  { defaultHttpPollMs }: PayloadOptions,
  warm: WarmStart | undefined,
): string {
  const parent = turn.parentInstanceId === null ? 'null' : JSON.stringify(turn.parentInstanceId)
  const isWarm = warm?.from !== undefined
  const history = isWarm ? JSON.stringify([...warm.unseen, ...turn.newEvents]) : turn.historyJson()
  const execution = warm ? `"executionId":${JSON.stringify(turn.executionId)},` : ''
  const from = isWarm ? `"warmFrom":${warm.from},` : ''
  return `{${execution}${from}"history":${history},"input":${turn.input ?? 'null'},"instanceId":${JSON.stringify(turn.instanceId)},"isReplaying":${turn.pastEvents.length > 0},"parentInstanceId":${parent},"upperSchemaVersion":1,"upperSchemaVersionNew":3,${durationTexts},"defaultHttpAsyncRequestSleepTimeMillseconds":${defaultHttpPollMs}}`
}
