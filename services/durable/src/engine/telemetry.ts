/** Lifecycle events and spans (Azure documentation, "Diagnostics in Durable Functions"). */
import { parseTraceParent } from '@aloft/kernel'
import type { ActivityResult, ActivityWork, RuntimeStatus } from '../contracts.ts'
import type { HubContext } from './hub-context.ts'
import type { LifecycleEvent } from './hub-options.ts'
import { hasEnded, type InstanceRow, type Origin } from './model.ts'

/** What the work of an orchestration has as its parent: its own span. Undefined when it is not traced. */
export function traceParentOf({ traceParent, spanId }: Origin): string | undefined {
  const trace = parseTraceParent(traceParent)
  if (!trace || !spanId) return undefined
  return `00-${trace.traceId}-${spanId}-${trace.isSampled ? '01' : '00'}`
}

/** Reports the first turn and the end of an orchestration. */
export function tellLifecycle(
  { name: hub, options }: HubContext,
  before: InstanceRow,
  after: InstanceRow,
): void {
  const tell = (runtimeStatus: RuntimeStatus, reason: string) =>
    options.onLifecycle?.({
      hub,
      instanceId: after.id,
      name: after.name,
      runtimeStatus: runtimeStatus as LifecycleEvent['runtimeStatus'],
      reason,
      at: after.updatedAt,
    })
  if (before.status === 'Pending') tell('Running', '')
  if (hasEnded(after.status)) tell(after.status, after.status === 'Completed' ? '' : (after.output ?? ''))
}

/** One span for an execution, from its start to its end. */
export function traceOrchestration({ options }: HubContext, before: InstanceRow, after: InstanceRow): void {
  const { traceParent, spanId } = before.origin
  const trace = parseTraceParent(traceParent)
  if (!trace || !spanId) return
  options.onSpan?.({
    kind: 'Server',
    name: `orchestration:${before.name}${before.version ? `@(${before.version})` : ''}`,
    traceId: trace.traceId,
    spanId,
    parentSpanId: trace.spanId,
    startAt: before.createdAt,
    endAt: after.updatedAt,
    isError: after.status === 'Failed',
    tags: {
      'durabletask.type': 'orchestration',
      'durabletask.task.name': before.name,
      'durabletask.task.version': before.version ?? '',
      'durabletask.task.instance_id': before.id,
      'durabletask.task.execution_id': before.executionId,
      'durabletask.task.status': hasEnded(after.status) ? after.status : 'ContinuedAsNew',
    },
  })
}

/** @param parent of the activity's span, see `traceParentOf` */
export function traceActivity(
  { options, clock }: HubContext,
  parent: string,
  { name, instanceId, taskId, traceParent }: ActivityWork,
  startAt: number,
  result: ActivityResult,
): void {
  const above = parseTraceParent(parent)
  const own = parseTraceParent(traceParent)
  if (!above || !own) return
  options.onSpan?.({
    kind: 'Server',
    name: `activity:${name}`,
    traceId: own.traceId,
    spanId: own.spanId,
    parentSpanId: above.spanId,
    startAt,
    endAt: clock.now(),
    isError: result.kind === 'failed',
    tags: {
      'durabletask.type': 'activity',
      'durabletask.task.name': name,
      'durabletask.task.instance_id': instanceId,
      'durabletask.task.task_id': String(taskId),
    },
  })
}
