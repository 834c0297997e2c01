/** What the orchestrator trigger hands to the worker (spec: durable.md 1.2). */
import type { OrchestratorTurn } from '../contracts.ts'

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

/**
 * JSON text. Written by hand around the history's text, which is kept from turn to turn. `upperSchemaVersion` stays 1
 * because old Python SDKs refuse more; newer ones look at `upperSchemaVersionNew`.
 */
export function orchestratorPayload(turn: OrchestratorTurn, { defaultHttpPollMs }: PayloadOptions): string {
  const parent = turn.parentInstanceId === null ? 'null' : JSON.stringify(turn.parentInstanceId)
  return `{"history":${turn.historyJson()},"input":${turn.input ?? 'null'},"instanceId":${JSON.stringify(turn.instanceId)},"isReplaying":${turn.pastEvents.length > 0},"parentInstanceId":${parent},"upperSchemaVersion":1,"upperSchemaVersionNew":3,${durationTexts},"defaultHttpAsyncRequestSleepTimeMillseconds":${defaultHttpPollMs}}`
}
