/** One turn of an entity, as pure functions: which messages it takes, and what comes of the operations. No I/O. */
import type { EntityBatchResult, EntityOperation } from '../contracts.ts'
import { eventRaised, timestampOf } from './events.ts'
import { entityIdOf, type LockRelease } from './locks.ts'
import type { Message } from './model.ts'
import type { Outgoing } from './turn.ts'

/** Who holds an entity. */
export interface EntityLock {
  /** Instance id of the orchestration. */
  readonly by: string
  /** Of the critical section. */
  readonly id: string
}

/** The `Input` of an entity's message named `op` or `op@<time>`: the Durable Task Framework's request message. */
export interface EntityRequest {
  readonly id: string
  /** Name of the operation; absent in a request for a lock. */
  readonly op?: string | undefined
  readonly signal?: boolean | undefined
  /** JSON text. */
  readonly input?: string | null | undefined
  /** Instance and execution that wait for the answer. */
  readonly parent?: string | undefined
  readonly parentExecution?: string | undefined
  readonly lockset?: readonly unknown[] | undefined
  readonly pos?: number | undefined
}

/** What an entity does next. */
export interface EntityPlan {
  /** Messages that this turn takes in. */
  readonly consumed: readonly Message[]
  /** Messages that wait on: for the lock, or for the next turn. */
  readonly rest: Message[]
  readonly requests: readonly EntityRequest[]
  /** W3C headers of those who ask, one for each of `requests`. */
  readonly traceParents: readonly (string | undefined)[]
  readonly lock: EntityLock | null
  readonly outgoing: readonly Outgoing[]
}

const requests = new WeakMap<Message, EntityRequest>()

/** Each message is parsed once, however often it is looked at while it waits. */
function requestOf(message: Message): EntityRequest {
  let request = requests.get(message)
  if (!request) {
    request = parseRequest(message.event.Input)
    requests.set(message, request)
  }
  return request
}

/** What is no request at all becomes an operation without a name, which the entity's code refuses. */
function parseRequest(input: unknown): EntityRequest {
  try {
    return JSON.parse(String(input)) as EntityRequest
  } catch {
    return { id: '', op: '', signal: true }
  }
}

/**
 * Goes through the messages in order: releases and requests for the lock at once, operations as a batch. While the
 * entity is locked only its holder's messages go through. What changes the lock comes before a batch, never after
 * one in the same turn, so that the batch runs under one lock.
 */
export function planEntityTurn(
  inbox: readonly Message[],
  lockedBy: EntityLock | null,
  now: number,
  maxBatchSize: number,
): EntityPlan {
  const timestamp = timestampOf(now)
  const consumed: Message[] = []
  const batch: EntityRequest[] = []
  const traceParents: (string | undefined)[] = []
  const ids = new Set<string>()
  const outgoing: Outgoing[] = []
  let lock = lockedBy
  let line = inbox
  let rest: Message[] = []
  for (let index = 0; index < line.length; index++) {
    const message = line[index] as Message
    const request = requestOf(message)
    if (batch.length >= maxBatchSize) {
      rest.push(message)
    } else if (message.event.Name === 'release') {
      const { id } = request
      if (batch.length > 0) {
        rest = rest.concat(line.slice(index))
        break
      }
      consumed.push(message)
      outgoing.push(...nextRelease(request as LockRelease, timestamp))
      const waits = line.slice(index + 1)
      const isRequest = (other: Message) =>
        requestOf(other).lockset !== undefined && requestOf(other).id === id
      if (lock?.id === id) lock = null
      consumed.push(...rest.filter(isRequest))
      // Whoever waited gets another look.
      line = [...rest.filter((other) => !isRequest(other)), ...waits]
      rest = []
      index = -1
    } else if (request.lockset) {
      if (lock) rest.push(message)
      else if (batch.length > 0) {
        rest = rest.concat(line.slice(index))
        break
      } else {
        consumed.push(message)
        lock = { by: request.parent ?? '', id: request.id }
        outgoing.push(nextLock(request, timestamp))
      }
    } else if (lock && request.parent !== lock.by) {
      rest.push(message)
    } else {
      consumed.push(message)
      if (request.id !== '' && ids.has(request.id)) continue
      ids.add(request.id)
      batch.push(request)
      traceParents.push(message.traceParent)
    }
  }
  return { consumed, rest, requests: batch, traceParents, lock, outgoing }
}

export function operationOf({ id, op = '', input, signal }: EntityRequest): EntityOperation {
  return { name: op, input: input ?? null, isSignal: signal === true, requestId: id }
}

/** On to the next entity of the set, or the last one tells the orchestration. */
function nextLock(request: EntityRequest, timestamp: string): Outgoing {
  const pos = (request.pos ?? 0) + 1
  const next = request.lockset?.[pos]
  if (next !== undefined)
    return {
      target: entityIdOf(next),
      event: eventRaised('op', JSON.stringify({ ...request, pos }), timestamp),
    }
  return {
    target: request.parent ?? '',
    event: eventRaised(request.id, '{"result":null}', timestamp),
    executionId: request.parentExecution,
  }
}

function nextRelease(release: LockRelease, timestamp: string): Outgoing[] {
  const pos = (release.pos ?? 0) + 1
  const next = release.lockset?.[pos]
  if (next === undefined) return []
  return [
    {
      target: entityIdOf(next),
      event: eventRaised('release', JSON.stringify({ ...release, pos }), timestamp),
    },
  ]
}

/**
 * Answers to the callers, and the signals that the operations sent.
 * @param traceParents of the signals
 */
export function operationMessages(
  batch: readonly EntityRequest[],
  result: EntityBatchResult,
  traceParents: readonly (string | undefined)[],
  makeId: () => string,
  now: number,
): Outgoing[] {
  const timestamp = timestampOf(now)
  const answers = batch.flatMap((request, index): Outgoing[] => {
    const answer = result.results[index]
    if (request.signal || !request.parent || !answer) return []
    const input = {
      result: answer.result,
      ...(answer.isError && { exceptionType: answer.failure?.ErrorType ?? 'Error' }),
      ...(answer.failure && { failureDetails: answer.failure }),
    }
    return [
      {
        target: request.parent,
        event: eventRaised(request.id, JSON.stringify(input), timestamp),
        executionId: request.parentExecution,
      },
    ]
  })
  const signals = result.signals.map(({ instanceId, name, input, at }, index): Outgoing => {
    const request: EntityRequest = { id: makeId(), op: name, signal: true, input }
    return {
      target: instanceId,
      event: eventRaised('op', JSON.stringify(request), timestamp),
      traceParent: traceParents[index],
      ...(at !== undefined && { dueAt: Math.ceil(at) }),
    }
  })
  return [...answers, ...signals]
}

/** When the batch as a whole could not be run: every caller hears why, the state stays. */
export function failedBatch(
  count: number,
  state: string | null,
  exists: boolean,
  message: string,
): EntityBatchResult {
  const failure = { ErrorType: 'EntityOperationFailed', ErrorMessage: message }
  const results = Array.from({ length: count }, () => ({
    isError: true,
    result: JSON.stringify(message),
    failure,
  }))
  return { exists, state, results, signals: [], starts: [] }
}
