/**
 * Messages between orchestrations and entities: the engine has them as texts of ordinary events, as the Durable Task
 * Framework does (azure-functions-durable-extension, `TaskEntityShim`); this protocol has a type for each.
 */
import type { HistoryEvent, OrchestratorAction, OrchestratorTurn } from '../contracts.ts'
import type { EntityRequest } from '../engine/entity-turn.ts'
import { timestampOf } from '../engine/events.ts'
import { entityIdOf } from '../engine/locks.ts'
import { isEntityId } from '../engine/model.ts'
import {
  type ProtoFailure,
  protoFailure,
  protoTimeOf,
  type Text,
  type Timestamp,
  textOf,
  timeOf,
} from './values.ts'

export interface OperationSignaled {
  readonly requestId: string
  readonly operation: string
  readonly scheduledTime: Timestamp | null
  readonly input: Text | null
  readonly targetInstanceId: Text | null
}

export interface OperationCalled extends OperationSignaled {
  readonly parentInstanceId: Text | null
  readonly parentExecutionId: Text | null
}

export interface LockRequested {
  readonly criticalSectionId: string
  readonly lockSet: readonly string[]
  readonly position: number
}

export interface UnlockSent {
  readonly criticalSectionId: string
  readonly targetInstanceId: Text | null
}

/** One of them is there. */
export interface SendEntityMessage {
  readonly entityOperationSignaled?: OperationSignaled
  readonly entityOperationCalled?: OperationCalled
  readonly entityLockRequested?: LockRequested
  readonly entityUnlockSent?: UnlockSent
}

type SendEvent = Extract<OrchestratorAction, { kind: 'send-event' }>

/** @throws Error for a message without a target */
export function entityMessageAction(
  id: number,
  message: SendEntityMessage,
  { instanceId: parent, executionId: parentExecution }: OrchestratorTurn,
): SendEvent {
  const { entityOperationSignaled, entityOperationCalled, entityLockRequested, entityUnlockSent } = message
  const sent = entityOperationSignaled ?? entityOperationCalled
  if (sent) {
    const at = timeOf(sent.scheduledTime)
    const request: EntityRequest = {
      id: sent.requestId,
      op: sent.operation,
      signal: entityOperationSignaled !== undefined,
      input: sent.input?.value ?? null,
      parent,
      parentExecution,
    }
    return {
      kind: 'send-event',
      id,
      instanceId: targetOf(sent.targetInstanceId),
      name: at === undefined ? 'op' : `op@${timestampOf(Math.ceil(at))}`,
      input: JSON.stringify(request),
      ...(at !== undefined && { at }),
    }
  }
  if (entityLockRequested) {
    const { criticalSectionId, lockSet, position } = entityLockRequested
    const lockset = lockSet.map(entityId)
    const request: EntityRequest = { id: criticalSectionId, parent, parentExecution, lockset, pos: position }
    const instanceId = targetOf(textOf(lockset[position]))
    return { kind: 'send-event', id, instanceId, name: 'op', input: JSON.stringify(request) }
  }
  if (!entityUnlockSent) throw new Error('The message for an entity is empty.')
  const instanceId = targetOf(entityUnlockSent.targetInstanceId)
  const input = JSON.stringify({ parent, id: entityUnlockSent.criticalSectionId })
  return { kind: 'send-event', id, instanceId, name: 'release', input }
}

function targetOf(target: Text | null): string {
  if (!target || !isEntityId(target.value))
    throw new Error(`A message for an entity goes to '${target?.value ?? ''}', which is no entity.`)
  return entityId(target.value)
}

/** Names of entities are in lower case, keys as they are. */
export function entityId(instanceId: string): string {
  const end = instanceId.indexOf('@', 1)
  return end === -1 ? instanceId : instanceId.slice(0, end).toLowerCase() + instanceId.slice(end)
}

/** Gives the entity events of one history their types. Events come in order: an answer is known by its request. */
export class EntityEvents {
  /** Requests that may be answered, by id. */
  readonly #requests = new Map<string, 'call' | 'lock'>()

  /** The typed part of an `EventSent`; undefined when it is for no entity. */
  sent({ InstanceId, Name, Input }: HistoryEvent): object | undefined {
    const target = String(InstanceId)
    if (!isEntityId(target) || typeof Input !== 'string') return undefined
    const name = String(Name)
    const targetInstanceId = textOf(target)
    const request = JSON.parse(Input) as EntityRequest
    const { id, op, lockset, pos = 0, signal, input } = request
    if (name === 'release') return { entityUnlockSent: { criticalSectionId: id, targetInstanceId } }
    if (lockset) {
      this.#requests.set(id, 'lock')
      const lockSet = lockset.map(entityIdOf)
      return { entityLockRequested: { criticalSectionId: id, lockSet, position: pos } }
    }
    const scheduledTime = name.startsWith('op@') ? protoTimeOf(name.slice(3)) : null
    const operation = {
      requestId: id,
      operation: op ?? '',
      scheduledTime,
      input: textOf(input),
      targetInstanceId,
    }
    if (signal) return { entityOperationSignaled: operation }
    this.#requests.set(id, 'call')
    return { entityOperationCalled: operation }
  }

  /** The typed part of an `EventRaised`; undefined when it answers no request. */
  raised({ Name, Input }: HistoryEvent): object | undefined {
    const requestId = String(Name)
    const kind = this.#requests.get(requestId)
    if (!kind) return undefined
    this.#requests.delete(requestId)
    if (kind === 'lock') return { entityLockGranted: { criticalSectionId: requestId } }
    const answer = JSON.parse(String(Input)) as EntityAnswer
    if (answer.exceptionType === undefined && !answer.failureDetails)
      return { entityOperationCompleted: { requestId, output: textOf(answer.result) } }
    return { entityOperationFailed: { requestId, failureDetails: failureOf(answer) } }
  }
}

interface EntityAnswer {
  readonly result: string | null
  readonly exceptionType?: string
  readonly failureDetails?: Parameters<typeof protoFailure>[0]
}

function failureOf({ failureDetails, exceptionType, result }: EntityAnswer): ProtoFailure | null {
  const ErrorMessage = result ?? 'The operation failed.'
  return protoFailure(failureDetails ?? { ErrorType: exceptionType ?? 'Error', ErrorMessage })
}
