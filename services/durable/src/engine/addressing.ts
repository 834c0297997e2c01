import type { Transaction } from '@aloft/engine'
import type { HubContext } from './hub-context.ts'
import type { Addressed } from './message-store.ts'
import type { Outgoing } from './turn.ts'
import type { NewChild } from './turn-commit.ts'

/** Gives a message that is to be sent its number and its partition. */
export function makeOutgoing(
  { nextNumber, partitionOf }: HubContext,
  { target, event, dueAt = 0, executionId, children, traceParent }: Outgoing,
): Addressed {
  return {
    partition: partitionOf(target),
    target,
    message: { seq: nextNumber(), dueAt, event, executionId, children, traceParent },
  }
}

/** Rouses the hosts that are to run what a turn has sent and started. */
export function wakeOthers(
  context: HubContext,
  transaction: Transaction,
  sent: readonly Addressed[],
  children: readonly NewChild[],
): void {
  if (sent.length > 0)
    context.wakeOthers(
      transaction,
      sent.map(({ partition }) => partition),
    )
  if (children.length > 0)
    context.wakeOthers(
      transaction,
      children.map(({ row }) => row.partition),
    )
}

/** FNV-1a over UTF-16 units: which of `count` partitions an instance belongs to, for ever. */
export function partitionIndex(instanceId: string, count: number): number {
  if (count === 1) return 0
  let hash = 0x811c9dc5
  for (let index = 0; index < instanceId.length; index++)
    hash = Math.imul(hash ^ instanceId.charCodeAt(index), 0x01000193)
  return (hash >>> 0) % count
}
