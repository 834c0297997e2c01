/** What becomes of an orchestration, for those who are told (`LifecycleEvent`). */
import type { HubContext } from './hub-context.ts'
import type { LifecycleEvent } from './hub-options.ts'
import { hasEnded, type InstanceRow } from './model.ts'

/** The first turn and the end of an orchestration; both may be one turn. */
export function lifecycleOf({ name: hub }: HubContext, before: InstanceRow, after: InstanceRow) {
  const events: LifecycleEvent[] = []
  const tell = (runtimeStatus: LifecycleEvent['runtimeStatus'], reason: string) =>
    events.push({ hub, instanceId: after.id, name: after.name, runtimeStatus, reason, at: after.updatedAt })
  if (before.status === 'Pending') tell('Running', '')
  if (hasEnded(after.status))
    tell(
      after.status as LifecycleEvent['runtimeStatus'],
      after.status === 'Completed' ? '' : (after.output ?? ''),
    )
  return events
}
