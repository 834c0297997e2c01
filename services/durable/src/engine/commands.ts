/** What clients ask of a hub: each is checked and stored in one transaction, and only then handed on. */
import type { Transaction } from '@aloft/engine'
import { formatTraceParent } from '@aloft/kernel'
import { eventTypes, type RuntimeStatus } from '../contracts.ts'
import { makeOutgoing, wakeOthers } from './addressing.ts'
import type { EntityRequest } from './entity-turn.ts'
import { InstanceNotFound, InvalidState } from './errors.ts'
import { eventRaised, makeEvent, timestampOf } from './events.ts'
import { History } from './history.ts'
import type { HubContext } from './hub-context.ts'
import { findInstance, insertInstance } from './instance-store.ts'
import { releaseOf } from './locks.ts'
import { type Addressed, insertMessage } from './message-store.ts'
import { entityStatusNumber, hasEnded, parseEntityId, statusOf } from './model.ts'
import { newInstance, scheduledStart } from './new-instance.ts'
import { beginSpan, tellSpan, traceStart } from './spans.ts'
import type { SignalRequest, StartRequest } from './task-hub.ts'
import type { Outgoing } from './turn.ts'
import { entityFacts, eventFacts } from './turn-spans.ts'

/** @throws InstanceExists */
export async function start(
  context: HubContext,
  request: StartRequest,
): Promise<{ instanceId: string; executionId: string }> {
  const { options, counters, clock } = context
  const startAt = clock.now()
  const span = options.onSpan && beginSpan(request.traceParent)
  const row = newInstance(context, span ? { ...request, traceParent: formatTraceParent(span) } : request)
  const begin = scheduledStart(context, row)
  const replaceable = request.replaceable ?? options.replaceable
  const stored = context.writes.add(async (transaction) => {
    // Read before the old instance is deleted, written after nothing can be refused any more.
    const releases = replaceable.includes('Running') ? await locksOf(transaction, context, row.id) : []
    await insertInstance(transaction, row, replaceable)
    const messages = begin ? [...releases, begin] : releases
    for (const message of messages) await insertMessage(transaction, message)
    wakeOthers(context, transaction, messages, [{ row, refusal: undefined }])
    return messages
  })
  // Under an id that is new nothing can be in the way: the first turn need not wait for the disk, only its commit must.
  const isAhead = request.instanceId === undefined && !begin
  const admission = isAhead ? context.admitAhead(row) : undefined
  const sent = await stored.catch((error: unknown) => {
    admission?.withdraw()
    throw error
  })
  admission?.confirm()
  counters.started++
  if (span) traceStart(context, span, row, startAt)
  context.deliver(sent, isAhead ? [] : [row])
  return { instanceId: row.id, executionId: row.executionId }
}

/** The messages that give back the locks of an orchestration that is about to be replaced. */
async function locksOf(
  transaction: Transaction,
  context: HubContext,
  instanceId: string,
): Promise<Addressed[]> {
  const old = await findInstance(transaction, context.id, instanceId, 'without')
  if (!old || hasEnded(statusOf(old.status))) return []
  const turns = await transaction.all<{ events: string }>(
    'SELECT events FROM durable_turn WHERE instance = ? ORDER BY turn',
    old.seq,
  )
  const text = turns.map(({ events }) => events).join(',')
  if (!text.includes('lockset')) return []
  return [...new History(text).locks.values()].flatMap((lock) => {
    const release = JSON.stringify(releaseOf(instanceId, lock))
    const event = eventRaised('release', release, timestampOf(context.clock.now()))
    const [target] = lock.lockSet
    return target === undefined ? [] : [makeOutgoing(context, { target, event })]
  })
}

/** @throws InstanceNotFound, InvalidState */
export async function raiseEvent(
  context: HubContext,
  target: string,
  name: string,
  input: string | null,
  traceParent?: string,
): Promise<void> {
  const now = context.clock.now()
  const event = eventRaised(name, input, timestampOf(now))
  await sendTo(context, { target, event }, (status) => {
    if (hasEnded(status)) throw new InvalidState('raise an event to', target, status)
  })
  if (context.options.onSpan)
    tellSpan(context, beginSpan(traceParent), { ...eventFacts(target, name), startAt: now })
}

/** Creates the entity when it is not there. */
export async function signalEntity(context: HubContext, request: SignalRequest): Promise<void> {
  const { operation, input = null, requestId, at, instanceId } = request
  parseEntityId(instanceId)
  const message: EntityRequest = { id: requestId ?? context.makeId(), op: operation, signal: true, input }
  const now = context.clock.now()
  const name = at === undefined ? 'op' : `op@${timestampOf(at)}`
  const event = eventRaised(name, JSON.stringify(message), timestampOf(now))
  const span = context.options.onSpan && beginSpan(request.traceParent)
  const traceParent = span ? formatTraceParent(span) : request.traceParent
  const dueAt = at === undefined ? {} : { dueAt: Math.ceil(at) }
  await store(context, { target: instanceId, event, traceParent, ...dueAt }, () => {})
  if (span) tellSpan(context, span, { ...entityFacts('producer', instanceId, message), startAt: now })
}

export async function terminate(
  context: HubContext,
  target: string,
  reason: unknown,
  children: 'terminate' | 'leave',
): Promise<void> {
  const event = makeEvent(eventTypes.executionTerminated, -1, timestampOf(context.clock.now()), {
    Input: reason,
  })
  const outgoing: Outgoing = { target, event, ...(children === 'terminate' && { children }) }
  await sendTo(context, outgoing, (status) => {
    if (hasEnded(status)) throw new InvalidState('terminate', target, status)
  })
}

export async function suspend(context: HubContext, target: string, reason: string | null): Promise<void> {
  const event = controlEvent(context, eventTypes.executionSuspended, reason)
  await sendTo(context, { target, event }, (status) => {
    if (hasEnded(status) || status === 'Suspended') throw new InvalidState('suspend', target, status)
  })
}

export async function resume(context: HubContext, target: string, reason: string | null): Promise<void> {
  const event = controlEvent(context, eventTypes.executionResumed, reason)
  await sendTo(context, { target, event }, (status) => {
    if (status !== 'Suspended') throw new InvalidState('resume', target, status)
  })
}

function controlEvent({ clock }: HubContext, type: number, Reason: string | null) {
  return makeEvent(type, -1, timestampOf(clock.now()), { Reason })
}

/** @param check throws when the instance, in this status, is not to have the message */
async function sendTo(
  context: HubContext,
  outgoing: Outgoing,
  check: (status: RuntimeStatus) => void,
): Promise<void> {
  await store(context, outgoing, async (transaction) => {
    const row = await findInstance(transaction, context.id, outgoing.target, 'without')
    if (!row || row.status === entityStatusNumber) throw new InstanceNotFound(outgoing.target)
    check(statusOf(row.status))
  })
}

async function store(
  context: HubContext,
  outgoing: Outgoing,
  check: (transaction: Transaction) => Promise<void> | void,
): Promise<void> {
  const addressed = makeOutgoing(context, outgoing)
  await context.writes.add(async (transaction) => {
    await check(transaction)
    await insertMessage(transaction, addressed)
    context.wakeOthers(transaction, [addressed.partition])
  })
  context.deliver([addressed], [])
}
