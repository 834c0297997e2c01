/**
 * The tasks of an orchestrator as the SDK's executor keeps them: leaves wait for an event, compounds for their
 * children. What completes when must be the same here and there, for ids are given out along the way.
 */
import type { HistoryEvent } from '../contracts.ts'
import type { RetryOptions, TaskAction } from './worker-action.ts'

export interface Task {
  readonly kind: TaskKind
  /** What was asked for; of an attempt or a poll that of its parent. */
  readonly action: TaskAction | undefined
  /** Of leaves other than waits, once they are tracked. */
  id: number | undefined
  state: 'running' | 'completed' | 'failed'
  /** The compound that hears of it: the last one that it was put into. */
  parent: Task | undefined
  readonly children: Task[]
  /** When a timer or its last chunk fires, in milliseconds since 1970. */
  readonly fireAt: number
  retry: RetryProgress | undefined
  /** The event that completed it. */
  event: HistoryEvent | undefined
}

export type TaskKind =
  | 'start'
  | 'activity'
  | 'sub-orchestration'
  | 'entity-call'
  | 'lock'
  | 'event'
  | 'http-request'
  | 'timer'
  | 'retry-timer'
  | 'any'
  | 'all'
  | 'retry'
  | 'long-timer'
  | 'http'

export interface RetryProgress {
  readonly options: RetryOptions
  /** As the SDK counts: grows with a failure. */
  attempt: number
  isWaitingOnTimer: boolean
  firstAttemptAt: number
  /** No attempt is worth making any more, though the SDK asks for them. */
  isSpent: boolean
}

export function makeTask(
  kind: TaskKind,
  action: TaskAction | undefined,
  children: Task[] = [],
  fireAt = 0,
): Task {
  const task: Task = {
    kind,
    action,
    id: undefined,
    state: 'running',
    parent: undefined,
    children,
    fireAt,
    retry: undefined,
    event: undefined,
  }
  for (const child of children) child.parent = task
  return task
}

export function isCompound({ kind }: Task): boolean {
  return kind === 'any' || kind === 'all' || kind === 'retry' || kind === 'long-timer' || kind === 'http'
}
