/** Runs turns of orchestrations: takes the messages, asks the executor, commits, and hands on what came of it. */
import { ensureError, formatTraceParent } from '@aloft/kernel'
import { eventTypes, type OrchestratorTurn } from '../contracts.ts'
import { makeOutgoing, wakeOthers } from './addressing.ts'
import { addDeadLetter } from './dead-letters.ts'
import { failureOf, type LiveEvent, markPlayed, playedText } from './events.ts'
import { History } from './history.ts'
import type { Instance } from './instance.ts'
import { lifecycleOf } from './lifecycle.ts'
import type { Addressed } from './message-store.ts'
import { hasEnded, type InstanceRow, type Message, type Origin } from './model.ts'
import { newInstance } from './new-instance.ts'
import {
  actionTurn,
  controlTurn,
  hasNews,
  isControl,
  prepareTurn,
  takeMessages,
} from './orchestrator-turn.ts'
import { backoffMs, type Partition } from './partition.ts'
import { nextSpanId, orchestrationSpan, taskSpan, traceParentOf } from './spans.ts'
import type { ChildStart, TurnInput, TurnOutcome } from './turn.ts'
import { type NewChild, writeOrchestratorTurn } from './turn-commit.ts'
import { childFailed, failedTurn } from './turn-endings.ts'
import { traceTurn } from './turn-spans.ts'
import { mayRun } from './versions.ts'

/** Until an orchestration of another version is looked at again. */
const otherVersionMs = 30_000

/** Resolves when the slot is free again, which is before the turn is committed. Never rejects. */
export async function runOrchestratorTurn(partition: Partition, instance: Instance): Promise<void> {
  instance.phase = 'running'
  let messages: Message[] = []
  try {
    if (!instance.row || !instance.history) {
      if (!(await partition.load(instance))) return
      partition.activities.resume(instance)
    }
    if (instance.isGone) return
    const { row, history } = instance as Loaded
    messages = nextMessages(partition, instance, row, history)
    if (messages.length === 0 && (instance.isHeldBack || history.length > 0)) {
      if (instance.isHeldBack) partition.keepAllSafe(instance)
      partition.rest(instance)
      return
    }
    const input = prepareTurn(row, history, messages, partition.context.clock.now())
    const outcome = await decide(partition, instance, input)
    if (instance.isGone) return
    if (outcome === 'later') partition.retryLater(instance, messages, otherVersionMs)
    else if (outcome === 'nothing') await discard(partition, instance, messages)
    else void conclude(partition, instance as Loaded, input, outcome)
  } catch (error) {
    abort(partition, instance, messages, ensureError(error))
  }
}

type Loaded = Instance & { row: InstanceRow; history: History }

/** What has not begun takes no control message before its start, and nothing before its time; but it can be ended. */
function nextMessages(
  { context }: Partition,
  instance: Instance,
  row: InstanceRow,
  history: History,
): Message[] {
  const messages = takeMessages(instance.inbox, row.status)
  const isFirst = history.length === 0
  const ends = messages.some((message) => isControl(message) && !isPause(message))
  const isEarly = isFirst && (row.origin.scheduledAt ?? 0) > context.clock.now()
  instance.isHeldBack = !ends && (isEarly || (row.status === 'Suspended' && messages.length === 0))
  const putBack = !ends && (isEarly || (isFirst && messages.some(isControl)))
  if (!putBack) return messages
  instance.inbox.unshift(...messages)
  return []
}

function isPause({ event }: Message): boolean {
  return event.EventType !== eventTypes.executionTerminated
}

async function decide(
  { context }: Partition,
  instance: Instance,
  input: TurnInput,
): Promise<TurnOutcome | 'nothing' | 'later'> {
  const { clock, executor, options, counters } = context
  const control = input.consumed[0]
  if (control && isControl(control)) return controlTurn(input, control)
  if (!hasNews(input)) return 'nothing'
  if (!mayRun(input.row.version, options)) {
    if (options.versionFailure === 'Reject') return 'later'
    const text = `The orchestration's version '${input.row.version ?? ''}' does not match the version '${options.defaultVersion}' of this host.`
    return failedTurn(input, 'VersionMismatch', text)
  }
  counters.turns++
  const startMs = clock.elapsed()
  const result = await executor.orchestrator(turnFor(context.name, input), instance.signal)
  instance.turnMs = clock.elapsed() - startMs
  return actionTurn(input, result, { maxActions: options.maxOrchestrationActions })
}

function turnFor(taskHub: string, { row, history, newEvents }: TurnInput): OrchestratorTurn {
  return {
    taskHub,
    instanceId: row.id,
    executionId: row.executionId,
    name: row.name,
    version: row.version,
    input: row.input,
    parentInstanceId: row.origin.parent?.instanceId ?? null,
    traceParent: traceParentOf(row.origin),
    get pastEvents() {
      return history.events
    },
    newEvents,
    historyJson() {
      const fresh = JSON.stringify(newEvents)
      return history.length === 0 ? fresh : `[${history.text},${fresh.slice(1)}`
    },
  }
}

/** Messages that nobody awaits any more. */
async function discard(partition: Partition, instance: Instance, messages: Message[]): Promise<void> {
  await partition.discard(instance, messages)
  partition.rest(instance)
}

async function conclude(
  partition: Partition,
  instance: Loaded,
  input: TurnInput,
  outcome: TurnOutcome,
): Promise<void> {
  const { context } = partition
  const { options } = context
  if (instance.stored) await instance.stored
  if (instance.isGone) return
  try {
    const before = instance.row
    const after = rowAfter(context, before, outcome)
    const text = outcome.next ? '' : textOf(outcome.events)
    const sent = outcome.outgoing.map((outgoing) => makeOutgoing(context, outgoing))
    const children = outcome.children.map((child) =>
      makeChild(partition, child, before.origin, input.timestamp),
    )
    const cancelled = outcome.next
      ? [...instance.timers.values()]
      : outcome.cancelledTimers.flatMap((id) => instance.timers.get(id) ?? [])
    const scheduled = outcome.next
      ? []
      : outcome.events.filter(({ EventType }) => EventType === eventTypes.taskScheduled)
    const isActive = scheduled.length > 0 || hasOpenTasks(instance, outcome)
    const { onLifecycle, publishLifecycle } = options
    const lives = onLifecycle || publishLifecycle ? lifecycleOf(context, before, after) : []
    const refusals = await partition.writes.add((transaction) => {
      wakeOthers(context, transaction, sent, children)
      const write = () =>
        writeOrchestratorTurn(transaction, {
          before,
          after,
          consumed: outcome.consumed,
          sent,
          children,
          text,
          hasMessages: instance.held.size > 0 || instance.timers.size > 0,
          wasActive: instance.isActive,
          isActive,
          cancelled,
        })
      return publishLifecycle && lives.length > 0 ? publishLifecycle(transaction, lives).then(write) : write()
    })
    if (options.onSpan) traceTurn(context, input, outcome, after)
    if (partition.isOwned && !instance.isGone)
      apply(instance, { after, outcome, text, sent, cancelled, partition, isActive })
    const refused = new Set(refusals.map(({ message }) => message))
    const started = children.filter(({ refusal }) => !refusal || !refused.has(refusal.message))
    context.deliver(
      refusals.length === 0 ? sent : [...sent, ...refusals],
      started.map(({ row }) => row),
    )
    if (before.status === 'Pending' || hasEnded(after.status)) context.waiters.tell(after)
    if (onLifecycle) for (const event of lives) onLifecycle(event)
    if (instance.isGone) return
    for (const task of scheduled) partition.activities.run(instance, task)
    // What the turn has left untaken comes first in the next one.
    if (outcome.consumed.length < input.consumed.length) putBack(instance, input, outcome)
    partition.rest(instance)
    if (outcome.next) partition.rouse(instance)
  } catch (error) {
    partition.overtaken(instance, input.consumed, error)
  }
}

interface Applied {
  readonly partition: Partition
  readonly after: InstanceRow
  readonly isActive: boolean
  readonly outcome: TurnOutcome
  readonly text: string
  readonly sent: readonly Addressed[]
  readonly cancelled: readonly number[]
}

/** Brings memory to what is now in the database. */
function apply(
  instance: Loaded,
  { partition, after, isActive, outcome, text, sent, cancelled }: Applied,
): void {
  instance.attempts = 0
  for (const { seq } of outcome.consumed) instance.held.delete(seq)
  instance.row = after
  instance.isActive = isActive || outcome.next !== undefined
  for (const seq of cancelled) partition.cancelTimer(seq)
  if (outcome.next) {
    instance.history = new History()
    instance.inFlight = new Set()
    instance.timers.clear()
    return
  }
  if (hasEnded(after.status)) {
    for (const seq of instance.timers.values()) partition.cancelTimer(seq)
    partition.context.counters.completed++
    partition.retire(instance)
    return
  }
  for (const event of outcome.events) markPlayed(event)
  instance.history.append(outcome.events, text)
  for (const id of outcome.cancelledTimers) instance.history.closeTimer(id)
  for (const id of outcome.cancelledTimers) instance.timers.delete(id)
  outcome.outgoing.forEach(({ timerId }, index) => {
    const seq = sent[index]?.message.seq
    if (timerId !== undefined && seq !== undefined) instance.timers.set(timerId, seq)
  })
  for (const { EventType, TimerId } of outcome.events)
    if (EventType === eventTypes.timerFired) instance.timers.delete(TimerId as number)
}

function putBack(instance: Instance, { consumed }: TurnInput, outcome: TurnOutcome): void {
  const taken = new Set(outcome.consumed)
  instance.inbox.unshift(...consumed.filter((message) => !taken.has(message)))
}

function hasOpenTasks({ history }: Loaded, { events, next }: TurnOutcome): boolean {
  if (next || history.openTasks.size === 0) return false
  let open = history.openTasks.size
  for (const { EventType } of events)
    if (EventType === eventTypes.taskCompleted || EventType === eventTypes.taskFailed) open--
  return open > 0
}

function textOf(events: readonly LiveEvent[]): string {
  let text = ''
  for (const event of events) text += `${text && ','}${playedText(event)}`
  return text
}

function rowAfter(
  { clock, makeId }: Partition['context'],
  before: InstanceRow,
  { status, customStatus, output, failure, next }: TurnOutcome,
): InstanceRow {
  const updatedAt = Math.max(clock.now(), before.updatedAt)
  if (!next) {
    const completedAt = hasEnded(status) ? updatedAt : null
    const turns = before.turns + 1
    return { ...before, status, customStatus, output, failure, updatedAt, completedAt, turns }
  }
  const { carryover: _, spanId, ...origin } = before.origin
  const nextSpan = nextSpanId(spanId, before.generation + 1)
  const carried = next.carryover.map((event) => ({ ...event, IsPlayed: false }))
  return {
    ...before,
    status,
    customStatus,
    updatedAt,
    turns: before.turns + 1,
    executionId: makeId().replaceAll('-', ''),
    generation: before.generation + 1,
    input: next.input,
    version: next.version,
    origin: {
      ...origin,
      ...(nextSpan !== undefined && { spanId: nextSpan }),
      ...(carried.length > 0 && { carryover: carried }),
    },
  }
}

function makeChild({ context }: Partition, child: ChildStart, origin: Origin, timestamp: string): NewChild {
  const { parent, created, ...request } = child
  const { instanceId } = request
  const span = orchestrationSpan(origin)
  const traceParent = span && formatTraceParent(taskSpan(span, created))
  const row = newInstance(context, { ...request, traceParent, traceState: origin.traceState }, parent)
  const reason = `An Orchestration instance with the id '${instanceId}' already exists.`
  const failure = failureOf('OrchestrationAlreadyExistsException', reason)
  const event = childFailed(parent.taskId, timestamp, reason, failure)
  const { instanceId: target, executionId } = parent
  return { row, refusal: makeOutgoing(context, { target, event, executionId }) }
}

/** Not committed; the same messages come again. */
function abort(partition: Partition, instance: Instance, messages: readonly Message[], error: Error): void {
  const { context } = partition
  const { counters, closing, log, options, name } = context
  if (instance.isGone || closing.aborted) return
  counters.abortedTurns++
  instance.attempts++
  const ids = { hub: name, instanceId: instance.id, attempts: instance.attempts }
  log.write('warning', `A turn of ${instance.id} was given up and will be run again`, { error, ids })
  const { row, history } = instance
  if (!row || !history || instance.attempts < options.maxTurnAttempts) {
    partition.retryLater(instance, messages, backoffMs(instance.attempts))
    return
  }
  const input = prepareTurn(row, history, messages, context.clock.now())
  const reason = `The orchestrator '${row.name}' could not be run in ${instance.attempts} attempts: ${error.message}`
  const outcome = failedTurn(input, 'PoisonMessage', reason)
  addDeadLetter(context, instance, row.name, reason, messages).then(
    () => conclude(partition, instance as Loaded, input, outcome),
    (failure: unknown) => partition.overtaken(instance, messages, failure),
  )
}
