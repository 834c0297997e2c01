/** Turns what the walk has scheduled into the engine's actions. */
import { newId } from '@aloft/kernel'
import type { OrchestratorAction } from '../contracts.ts'
import {
  entityEvents,
  entityInstanceId,
  entityRequest,
  lockRelease,
  lockRequest,
  type Sender,
} from './entity-messages.ts'
import { type HttpActivityInput, httpActivity, isPollingAction, nextPoll, type Poll } from './http-call.ts'
import { replaySchema } from './orchestrator-state.ts'
import type { Task } from './replay-task.ts'
import type { EntityName, JsonToken, TaskAction, WorkerAction } from './worker-action.ts'

/** Fails at once with the failure that it is given: for attempts that are not worth making. */
export const spentAttempt = 'BuiltIn::SpentAttempt'

export interface ActionMakerOptions {
  readonly defaultHttpPollMs: number
  /** Makes the ids of messages. @default the kernel's */
  readonly makeId?: () => string
}

export class ActionMaker {
  readonly #sender: Sender
  readonly #pollMs: number
  readonly #makeId: () => string

  constructor(sender: Sender, options: ActionMakerOptions) {
    this.#sender = sender
    this.#pollMs = options.defaultHttpPollMs
    this.#makeId = options.makeId ?? newId
  }

  /** The action of a leaf that has its id. */
  schedule(task: Task, schemaVersion: number): OrchestratorAction {
    const { action } = task
    const id = task.id!
    if (task.kind === 'timer' || task.kind === 'retry-timer')
      return { kind: 'create-timer', id, fireAt: task.fireAt }
    const { retry } = task.parent ?? {}
    if (retry?.isSpent) {
      const failed = task.parent!.children.findLast(({ state }) => state === 'failed')?.event
      const input = JSON.stringify([{ reason: failed?.Reason, failure: failed?.FailureDetails }])
      return { kind: 'schedule-task', id, name: spentAttempt, input }
    }
    switch (action?.kind) {
      case 'activity':
        return { kind: 'schedule-task', id, name: action.name, input: activityInput(action.input) }
      case 'sub-orchestration': {
        const { name, instanceId, version } = action
        const input = jsonText(action.input)
        return {
          kind: 'create-sub-orchestration',
          id,
          name,
          instanceId,
          input,
          ...(version !== undefined && { version }),
        }
      }
      case 'call-entity': {
        const input = entityRequest(this.#sender, action.operation, action.input, this.#makeId(), 'call')
        return sendEvent(id, action.instanceId, entityEvents.request, input)
      }
      case 'lock': {
        const input = lockRequest(this.#sender, action.lockSet, action.lockRequestId)
        return sendEvent(id, entityInstanceId(action.lockSet[0]!), entityEvents.request, input)
      }
      case 'http': {
        const pollsInside =
          schemaVersion < replaySchema.v3 && action.request.asynchronousPatternEnabled === true
        const request: HttpActivityInput = {
          ...action.request,
          ...(pollsInside && { pollEveryMs: this.#pollMs }),
        }
        return { kind: 'schedule-task', id, name: httpActivity, input: activityInput(request) }
      }
      default:
        throw new Error(`Nothing is scheduled for a task of the kind '${task.kind}'.`)
    }
  }

  signal(id: number, action: Extract<WorkerAction, { readonly kind: 'signal-entity' }>): OrchestratorAction {
    const input = entityRequest(this.#sender, action.operation, action.input, this.#makeId(), 'signal')
    return sendEvent(id, action.instanceId, entityEvents.request, input, action.at)
  }

  release(id: number, entity: EntityName, lockRequestId: string): OrchestratorAction {
    const input = lockRelease(this.#sender, lockRequestId)
    return sendEvent(id, entityInstanceId(entity), entityEvents.release, input)
  }

  isPolling(action: TaskAction, schemaVersion: number): boolean {
    return action.kind === 'http' && isPollingAction(action.request, schemaVersion)
  }

  /** What follows the answer of a request; undefined when it is the last one. */
  pollAfter({ action, event }: Task, now: number): Poll | undefined {
    return action?.kind === 'http' ? nextPoll(action.request, event, now, this.#pollMs) : undefined
  }
}

/** JSON text of a token; null for one that is absent. */
export function jsonText(token: JsonToken): string | null {
  return token === undefined ? null : JSON.stringify(token)
}

function activityInput(token: JsonToken): string {
  return `[${jsonText(token) ?? 'null'}]`
}

function sendEvent(
  id: number,
  instanceId: string,
  name: string,
  input: string,
  at?: number,
): OrchestratorAction {
  return { kind: 'send-event', id, instanceId, name, input, ...(at !== undefined && { at }) }
}
