import { ensureError, formatTraceParent } from '@aloft/kernel'
import { type ActivityResult, type ActivityWork, eventTypes, type HistoryEvent } from '../contracts.ts'
import { addDeadLetter } from './dead-letters.ts'
import { failureOf, makeEvent, timestampOf } from './events.ts'
import type { HubContext } from './hub-context.ts'
import type { Instance } from './instance.ts'
import type { Message } from './model.ts'
import { backoffMs, type Partition } from './partition.ts'
import { beginSpan, type OpenSpan, orchestrationSpan, taskSpan, tellSpan, versioned } from './spans.ts'

/** Runs activities once their scheduling is durable. At least once: after a crash those without an outcome run again. */
export class Activities {
  readonly #partition: Partition

  constructor(partition: Partition) {
    this.#partition = partition
  }

  /** Those of an instance that was read from the database. */
  resume(instance: Instance): void {
    const { history, inbox, inFlight } = instance
    if (!history || history.openTasks.size === 0) return
    const known = new Set(inbox.map(({ event }) => event.TaskScheduledId))
    for (const [id, task] of history.openTasks)
      if (!known.has(id) && !inFlight.has(id)) this.run(instance, task)
  }

  /** @param task a `TaskScheduled` */
  run(instance: Instance, task: HistoryEvent): void {
    instance.inFlight.add(task.EventId)
    this.#start(instance, task, instance.row?.executionId ?? '', 1)
  }

  #start(instance: Instance, task: HistoryEvent, executionId: string, attempt: number): void {
    const { slots } = this.#partition.context
    slots.activities.run(instance.id, () => this.#execute(instance, task, executionId, attempt))
  }

  async #execute(
    instance: Instance,
    task: HistoryEvent,
    executionId: string,
    attempt: number,
  ): Promise<void> {
    const { context } = this.#partition
    const { clock, counters, executor, name: taskHub, options } = context
    if (instance.isGone || isOver(instance, executionId)) return
    const { EventId: taskId, Name, Input, Version, Tags } = task
    const caller = spanOfTask(instance, task)
    const span = caller && (options.onSpan ? beginSpan(formatTraceParent(caller)) : caller)
    const work: ActivityWork = {
      taskHub,
      instanceId: instance.id,
      executionId,
      taskId,
      name: Name as string,
      input: Input as string | null,
      version: (Version as string | undefined) || undefined,
      tags: Tags as ActivityWork['tags'],
      ...(span && { traceParent: formatTraceParent(span) }),
    }
    const startAt = clock.now()
    let result: ActivityResult
    try {
      counters.activities++
      result = await executor.activity(work, instance.signal)
    } catch (error) {
      if (instance.isGone || context.closing.aborted) return
      if (attempt < options.maxActivityAttempts) {
        clock.after(backoffMs(attempt), () => {
          if (!instance.isGone) this.#start(instance, task, executionId, attempt + 1)
        })
        return
      }
      result = await this.#giveUp(instance, work, attempt, ensureError(error))
    }
    if (span && options.onSpan) trace(context, span, work, startAt, result)
    if (instance.isGone || isOver(instance, executionId)) return
    instance.inFlight.delete(taskId)
    this.#partition.deliver(instance.id, outcomeOf(taskId, executionId, result, timestampOf(clock.now())))
  }

  async #giveUp(
    { id }: Instance,
    { name }: ActivityWork,
    attempts: number,
    error: Error,
  ): Promise<ActivityResult> {
    const reason = `The activity '${name}' could not be run in ${attempts} attempts: ${error.message}`
    await addDeadLetter(this.#partition.context, { id, attempts }, name, reason, [], 'activity')
    return { kind: 'failed', reason, details: reason, failure: failureOf('PoisonMessage', reason) }
  }
}

/** As the orchestration waits for it. */
function spanOfTask({ row }: Instance, task: HistoryEvent): OpenSpan | undefined {
  const orchestration = row && orchestrationSpan(row.origin)
  return orchestration && taskSpan(orchestration, task)
}

/** The activity's own span: a part of the one by which the orchestration waits for it. */
function trace(
  context: HubContext,
  span: OpenSpan,
  { name, version, instanceId, taskId }: ActivityWork,
  startAt: number,
  result: ActivityResult,
): void {
  tellSpan(context, span, {
    kind: 'server',
    name: `activity:${versioned(name, version)}`,
    type: 'activity',
    startAt,
    error: result.kind === 'failed' ? result.reason : undefined,
    attributes: {
      'task.name': name,
      'task.version': version,
      'task.instance_id': instanceId,
      'task.task_id': String(taskId),
    },
  })
}

/** The instance has begun another execution meanwhile. An unloaded one may not have. */
function isOver({ row }: Instance, executionId: string): boolean {
  return row !== undefined && row.executionId !== executionId
}

function outcomeOf(
  TaskScheduledId: number,
  executionId: string,
  result: ActivityResult,
  timestamp: string,
): Message {
  const event =
    result.kind === 'completed'
      ? makeEvent(eventTypes.taskCompleted, -1, timestamp, { TaskScheduledId, Result: result.result })
      : makeEvent(eventTypes.taskFailed, -1, timestamp, {
          TaskScheduledId,
          Reason: result.reason,
          Details: result.details,
          FailureDetails: result.failure,
        })
  return { seq: 0, dueAt: 0, event, executionId }
}
