/** An orchestration's state as the protocol shows it. */
import type { InstanceStatus, RuntimeStatus } from '../contracts.ts'
import { statusNumbers, statusOf } from '../engine/model.ts'
import { nonEmpty, protoFailure, protoTime, textOf } from './values.ts'

/** @param payloads input, output and custom status */
export function protoState(status: InstanceStatus, payloads: 'with' | 'without'): object {
  const { runtimeStatus, failure } = status
  const time = (ms: number | null) => (ms === null ? null : protoTime(ms))
  return {
    instanceId: status.instanceId,
    name: status.name,
    version: nonEmpty(status.version),
    orchestrationStatus: statusNumbers[runtimeStatus],
    scheduledStartTimestamp: time(status.scheduledAt),
    createdTimestamp: time(status.createdAt),
    lastUpdatedTimestamp: time(status.updatedAt),
    completedTimestamp: time(status.completedAt),
    executionId: textOf(status.executionId),
    parentInstanceId: textOf(status.parentInstanceId),
    tags: status.tags,
    failureDetails: protoFailure(failure),
    ...(payloads === 'with' && {
      input: textOf(status.input),
      // Why it has failed is in its failure.
      output: failure ? null : textOf(status.output),
      customStatus: textOf(status.customStatus),
    }),
  }
}

/** @param numbers of the protocol; none = undefined */
export function statusesOf(numbers: readonly number[]): readonly RuntimeStatus[] | undefined {
  return numbers.length === 0 ? undefined : numbers.map(statusOf)
}
