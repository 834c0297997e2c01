/** Runs turns of entities: a batch of operations, its answers and the new state in one commit. */
import { ensureError, formatTraceParent } from '@aloft/kernel'
import type { EntityBatchResult } from '../contracts.ts'
import { TurnAborted } from '../contracts.ts'
import { makeOutgoing, wakeOthers } from './addressing.ts'
import { addDeadLetter } from './dead-letters.ts'
import { type BatchSpans, beginBatch, spansWithin, traceBatch } from './entity-spans.ts'
import {
  type EntityPlan,
  failedBatch,
  operationMessages,
  operationOf,
  planEntityTurn,
} from './entity-turn.ts'
import type { Instance } from './instance.ts'
import { type InstanceRow, type Message, parseEntityId } from './model.ts'
import { newInstance, scheduledStart } from './new-instance.ts'
import { backoffMs, type Partition } from './partition.ts'
import type { OpenSpan } from './spans.ts'
import { type NewChild, writeEntityTurn } from './turn-commit.ts'

/** Resolves when the slot is free again, which is before the turn is committed. Never rejects. */
export async function runEntityTurn(partition: Partition, instance: Instance): Promise<void> {
  const { clock, options } = partition.context
  instance.phase = 'running'
  let inbox: Message[] = []
  try {
    if (!instance.row && !(await partition.load(instance))) return
    const { row } = instance
    if (instance.isGone || !row) return
    inbox = instance.inbox
    const plan = planEntityTurn(inbox, instance.lock, clock.now(), options.maxEntityBatchSize)
    instance.isHeldBack = plan.consumed.length === 0
    if (instance.isHeldBack) return partition.rest(instance)
    // What arrives from here on stands behind what waits.
    instance.inbox = plan.rest
    inbox = [...plan.consumed]
    const spans = beginBatch(partition.context, plan)
    const result = await runOperations(partition, instance, row, plan, spans.traceParent)
    if (!instance.isGone) void conclude(partition, instance, row, plan, result, spans)
  } catch (error) {
    abort(partition, instance, inbox, ensureError(error))
  }
}

async function runOperations(
  { context }: Partition,
  { id, signal, attempts }: Instance,
  row: InstanceRow,
  { requests }: EntityPlan,
  traceParent: string | undefined,
): Promise<EntityBatchResult> {
  const state = row.input
  const exists = state !== null
  if (requests.length === 0) return { exists, state, results: [], signals: [], starts: [] }
  const { counters, executor, name: taskHub, options } = context
  const operations = requests.map(operationOf)
  try {
    counters.entityBatches++
    counters.entityOperations += operations.length
    const batch = { taskHub, instanceId: id, ...parseEntityId(id), exists, state, operations, traceParent }
    const result = await executor.entity(batch, signal)
    if (result.results.length === operations.length) return result
    const counts = `${result.results.length} results for ${operations.length} operations`
    return failedBatch(operations.length, state, exists, `The entity returned ${counts}.`)
  } catch (error) {
    if (error instanceof TurnAborted && attempts + 1 < options.maxTurnAttempts) throw error
    if (!(error instanceof TurnAborted))
      return failedBatch(operations.length, state, exists, ensureError(error).message)
    const reason = `The entity could not be run in ${attempts + 1} attempts: ${error.message}`
    await addDeadLetter(context, { id, attempts: attempts + 1 }, row.name, reason, [], 'entity')
    return failedBatch(operations.length, state, exists, reason)
  }
}

async function conclude(
  partition: Partition,
  instance: Instance,
  before: InstanceRow,
  plan: EntityPlan,
  result: EntityBatchResult,
  spans: BatchSpans,
): Promise<void> {
  const { context } = partition
  const { clock, makeId } = context
  const { consumed } = plan
  try {
    const now = clock.now()
    const after: InstanceRow = {
      ...before,
      input: result.exists ? (result.state ?? 'null') : null,
      turns: before.turns + 1,
      updatedAt: Math.max(now, before.updatedAt),
    }
    const signals = spansWithin(spans, result.signals.length)
    const starts = spansWithin(spans, result.starts.length)
    const traceOf = (span: OpenSpan | undefined) => (span ? formatTraceParent(span) : spans.traceParent)
    const headers = result.signals.map((_, index) => traceOf(signals[index]))
    const messages = operationMessages(plan.requests, result, headers, makeId, now)
    const outgoing = [...plan.outgoing, ...messages]
    const children = result.starts.map((start, index): NewChild => {
      const row = newInstance(context, { ...start, traceParent: traceOf(starts[index]) })
      return { row, refusal: undefined }
    })
    const begins = children.flatMap(({ row }) => scheduledStart(context, row) ?? [])
    const sent = [...outgoing.map((message) => makeOutgoing(context, message)), ...begins]
    const isEmpty = after.input === null && !plan.lock && instance.inbox.length === 0
    await partition.writes.add((transaction) => {
      wakeOthers(context, transaction, sent, children)
      return writeEntityTurn(transaction, {
        before,
        after,
        consumed,
        sent,
        children,
        lock: plan.lock,
        isEmpty,
      })
    })
    const started = children.map(({ row }) => row)
    traceBatch(context, { entity: after, plan, result, spans, signals, starts, started })
    instance.attempts = 0
    for (const { seq } of consumed) instance.held.delete(seq)
    // An empty one is read anew: it may exist again by the next message.
    instance.row = isEmpty ? undefined : after
    instance.lock = plan.lock
    context.deliver(sent, started)
    if (!instance.isGone) partition.rest(instance)
  } catch (error) {
    partition.overtaken(instance, consumed, error)
  }
}

function abort(partition: Partition, instance: Instance, inbox: readonly Message[], error: Error): void {
  const { counters, closing, log, name } = partition.context
  if (instance.isGone || closing.aborted) return
  counters.abortedTurns++
  instance.attempts++
  const ids = { hub: name, instanceId: instance.id, attempts: instance.attempts }
  log.write('warning', `A batch of ${instance.id} was given up and will be run again`, { error, ids })
  partition.retryLater(instance, inbox, backoffMs(instance.attempts))
}
