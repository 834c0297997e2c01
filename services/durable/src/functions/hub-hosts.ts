/** The hubs that the apps of this process work for. Apps that name the same hub share it. */
import type { AppContext, Clock, Logger } from '@aloft/kernel'
import type { HubOptions, LifecycleEvent } from '../engine/hub-options.ts'
import type { TaskHubs } from '../engine/open-task-hubs.ts'
import { OutOfProcessExecutor } from '../oop/executor.ts'
import { type DurableOptions, readDurableOptions } from './durable-options.ts'
import { HubHost } from './hub-host.ts'
import { ProtocolExecutor } from './protocols.ts'

export interface HubHostsOptions {
  readonly hubs: TaskHubs
  readonly clock: Clock
  readonly log: Logger
  /** Told of the lives of orchestrations; must return at once. */
  onLifecycle(app: AppContext, options: DurableOptions, event: LifecycleEvent): void
  /** Where finished spans go; undefined = nobody takes them. */
  spansOf(app: AppContext): HubOptions['onSpan']
  /** What is done in the transaction of an event of a life, if anything. */
  publisherOf(options: DurableOptions): HubOptions['publishLifecycle']
}

/** Walks of executions that are kept; each holds what its SDK would. */
const keptWalks = 10_000

export class HubHosts {
  readonly #options: HubHostsOptions
  /** By stored name in lower case. */
  readonly #hosts = new Map<string, HubHost>()
  readonly #durableOptions = new WeakMap<AppContext, DurableOptions>()

  constructor(options: HubHostsOptions) {
    this.#options = options
  }

  /** @throws UserError for host.json options that make no sense */
  optionsOf(app: AppContext): DurableOptions {
    const known = this.#durableOptions.get(app)
    if (known) return known
    const options = readDurableOptions(app)
    this.#durableOptions.set(app, options)
    return options
  }

  /**
   * The hub that an app works for.
   * @param name another hub than its own
   */
  of(app: AppContext, name = this.optionsOf(app).hubName): HubHost {
    const stored = this.storedName(app, name)
    const key = stored.toLowerCase()
    const known = this.#hosts.get(key)
    if (known) return known
    const { hubs, clock, log, onLifecycle, spansOf, publisherOf } = this.#options
    const options = this.optionsOf(app)
    const host = new HubHost({
      clock,
      log,
      open: (executor) =>
        hubs.hub(stored, executor, {
          ...options.hub,
          shownName: name,
          onLifecycle: (event) => onLifecycle(app, options, event),
          publishLifecycle: publisherOf(options),
          onSpan: spansOf(app),
        }),
      makeExecutor: (made) => {
        const find: HubHost['find'] = (kind, functionName) => made.find(kind, functionName)
        const json = new OutOfProcessExecutor({
          clock,
          keptWalks,
          defaultHttpPollMs: options.defaultHttpPollMs,
          openTasks: options.openTasks,
          unusedEvents: options.unusedEvents,
          orchestrators: options.orchestrators,
          setting: (setting) => app.setting(setting),
          find,
        })
        return new ProtocolExecutor(json, find)
      },
      onClosed: () => this.#hosts.delete(key),
    })
    this.#hosts.set(key, host)
    return host
  }

  /** How the data folder names a hub that an app names so. */
  storedName(app: AppContext, name: string): string {
    const { hubName, storedHubName } = this.optionsOf(app)
    return name.toLowerCase() === hubName.toLowerCase() ? storedHubName : name
  }
}
