import { ensureError } from '@aloft/kernel'
import { type ActivityResult, type ActivityWork, eventTypes, type HistoryEvent } from '../contracts.ts'
import { addDeadLetter } from './dead-letters.ts'
import { failureOf, makeEvent, timestampOf } from './events.ts'
import type { Instance } from './instance.ts'
import type { Message } from './model.ts'
import { spanIdFrom } from './new-instance.ts'
import { backoffMs, type Partition } from './partition.ts'
import { traceActivity, traceParentOf } from './telemetry.ts'

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
    const { clock, counters, executor, makeId, name: taskHub, options } = context
    if (instance.isGone || isOver(instance, executionId)) return
    const { EventId: taskId, Name, Input, Version, Tags } = task
    const parent = instance.row && traceParentOf(instance.row.origin)
    const work: ActivityWork = {
      taskHub,
      instanceId: instance.id,
      executionId,
      taskId,
      name: Name as string,
      input: Input as string | null,
      version: (Version as string | undefined) || undefined,
      tags: Tags as ActivityWork['tags'],
      ...(parent && { traceParent: `${parent.slice(0, 36)}${spanIdFrom(makeId)}${parent.slice(52)}` }),
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
    if (parent && options.onSpan) traceActivity(context, parent, work, startAt, result)
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
