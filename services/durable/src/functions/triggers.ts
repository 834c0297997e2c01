/** The triggers of orchestrators, activities and entities: their functions work for the app's task hub. */
import type { TriggerContext, TriggerExtension, TriggerListener } from '@aloft/kernel'
import type { DurableFunctionKind } from '../oop/executor.ts'
import { nameOf } from './hub-host.ts'
import type { HubHosts } from './hub-hosts.ts'

const kinds: Readonly<Record<string, DurableFunctionKind>> = {
  orchestrationTrigger: 'orchestrator',
  activityTrigger: 'activity',
  entityTrigger: 'entity',
}

export function durableTriggers(hosts: HubHosts): readonly TriggerExtension[] {
  return Object.entries(kinds).map(([type, kind]) => ({
    type,
    validate: (_binding, app) => void hosts.optionsOf(app),
    listen: (context) => listen(hosts, kind, context),
  }))
}

function listen(hosts: HubHosts, kind: DurableFunctionKind, context: TriggerContext): TriggerListener {
  let end = () => {}
  return {
    async start() {
      const host = hosts.of(context.app)
      end = host.register(kind, nameOf(context), context)
      await host.open()
    },
    /** What runs is ended by the invoker; the hub keeps what comes meanwhile for the next generation. */
    async stop() {
      end()
    },
  }
}
