/** Durable Functions as a service of the platform: what it adds to the Functions host. */
import type { Engine, Transaction } from '@aloft/engine'
import type {
  AppContext,
  Clock,
  EventPublisher,
  FunctionsExtension,
  Logger,
  TelemetrySink,
} from '@aloft/kernel'
import type { LifecycleEvent } from '../engine/hub-options.ts'
import { openTaskHubs, type TaskHubs } from '../engine/open-task-hubs.ts'
import { EventGridNotifier, isWanted, resourceEvent } from '../notifications/event-grid.ts'
import { clientInputs, clientOutputs } from './client-bindings.ts'
import type { DurableOptions } from './durable-options.ts'
import { HubHosts } from './hub-hosts.ts'
import { Management } from './management.ts'
import { durableTriggers } from './triggers.ts'

export interface DurableServiceOptions {
  readonly engine: Engine
  readonly clock: Clock
  readonly log: Logger
  /** Where clients of this machine call without a key; another one when it is taken. @default 17071 */
  readonly rpcPort?: number
  /** Told of the lives of orchestrations besides Event Grid; must return at once. */
  readonly onLifecycle?: (app: AppContext, event: LifecycleEvent) => void
  /** Gets the same events as their topics do, in the transactions that make them true. */
  readonly events?: EventPublisher<Transaction>
}

export interface Durable {
  readonly functions: FunctionsExtension
  readonly hubs: TaskHubs
  /** Close it after the Functions host: what runs is then done again later. */
  close(): Promise<void>
}

/** Prepares the tables; an app's hub is opened with its first durable function. */
export async function openDurable(options: DurableServiceOptions): Promise<Durable> {
  const { engine, clock, log } = options
  const hubs = await openTaskHubs({ engine, clock, log })
  const stopping = new AbortController()
  const notifier = new EventGridNotifier({ clock, log, stopping: stopping.signal })
  const onLifecycle = (app: AppContext, { notifications }: DurableOptions, event: LifecycleEvent) => {
    options.onLifecycle?.(app, event)
    if (!notifications) return
    notifier.notify(notifications, event)
  }
  let telemetry: TelemetrySink | undefined
  const { events } = options
  const hosts = new HubHosts({
    hubs,
    clock,
    log,
    onLifecycle,
    spansOf: ({ name: app }) => telemetry?.span && ((span) => telemetry?.span?.({ app, ...span })),
    publisherOf: ({ notifications }) =>
      events &&
      (async (transaction, lives) => {
        const wanted = lives.filter((event) => !notifications || isWanted(notifications, event))
        if (wanted.length > 0) await events.publish(transaction, wanted.map(resourceEvent))
      }),
  })
  const management = new Management({ hosts, hubs, clock, log, rpcPort: options.rpcPort })
  const clients = {
    hosts,
    clientValue: management.clientValue.bind(management),
  }
  return {
    hubs,
    functions: {
      triggers: durableTriggers(hosts),
      inputs: clientInputs(clients),
      outputs: clientOutputs(clients),
      webhooks: [management.webhook],
      attach(host) {
        telemetry = host.telemetry
        management.attach(host)
      },
    },
    async close() {
      stopping.abort(new Error('The host is stopping.'))
      await management.close()
      await hubs.close()
    },
  }
}
