/** The task hubs that clients and workers name in the metadata of their calls. Each is opened on first use. */
import type { Clock } from '@aloft/kernel'
import { defaultHubOptions, type HubOptions } from '../engine/hub-options.ts'
import type { TaskHubs } from '../engine/open-task-hubs.ts'
import type { TaskHub } from '../engine/task-hub.ts'
import { CallRefused } from './call-errors.ts'
import { WorkPool } from './work-pool.ts'

export interface ServedHub {
  readonly hub: TaskHub
  /** Undefined when functions of an app do the work of this hub. */
  readonly pool: WorkPool | undefined
}

export interface ServedHubsOptions {
  readonly hubs: TaskHubs
  readonly clock: Clock
  readonly hubOptions?: Partial<HubOptions> | undefined
  /** The hub of that name that an app of this process works for. With it, no other hubs are served. */
  readonly appHub?: ((name: string) => Promise<TaskHub | undefined>) | undefined
}

const usualHub = 'default'

/** Workers say themselves how much they take; what waits for them costs next to nothing. */
const workerOptions: Partial<HubOptions> = {
  maxConcurrentActivities: 100_000,
  maxConcurrentOrchestrators: 100_000,
  maxConcurrentEntities: 100_000,
}

export class ServedHubs {
  readonly #options: ServedHubsOptions
  /** By name in lower case. */
  readonly #open = new Map<string, Promise<ServedHub>>()

  constructor(options: ServedHubsOptions) {
    this.#options = options
  }

  /**
   * @param name '' = `default`
   * @throws CallRefused for a name that cannot be one
   */
  async of(name: string): Promise<ServedHub> {
    const wanted = name || usualHub
    if (!/^[a-z][a-z0-9_-]{0,63}$/i.test(wanted))
      throw new CallRefused('invalidArgument', `'${wanted}' is no name for a task hub.`)
    const { appHub } = this.#options
    if (appHub) {
      const hub = await appHub(wanted)
      if (!hub) throw new CallRefused('notFound', `No app here has the task hub '${wanted}'.`)
      return { hub, pool: undefined }
    }
    const key = wanted.toLowerCase()
    let opening = this.#open.get(key)
    if (!opening) {
      opening = this.#openHub(wanted)
      this.#open.set(key, opening)
      opening.catch(() => this.#open.delete(key))
    }
    return opening
  }

  /** Deletes a hub with all that is in it. */
  async remove(name: string): Promise<void> {
    const { hub, pool } = await this.of(name)
    if (!pool)
      throw new CallRefused('failedPrecondition', `The task hub '${hub.name}' belongs to an app that runs.`)
    this.#open.delete(hub.name.toLowerCase())
    pool.close()
    await hub.close()
    await this.#options.hubs.remove(hub.name)
  }

  async close(): Promise<void> {
    const open = [...this.#open.values()]
    this.#open.clear()
    await Promise.all(
      open.map(async (opening) => {
        const served = await opening.catch(() => undefined)
        served?.pool?.close()
        await served?.hub.close()
      }),
    )
  }

  async #openHub(name: string): Promise<ServedHub> {
    const { hubs, clock, hubOptions } = this.#options
    const pool = new WorkPool(clock)
    const options = { ...defaultHubOptions, ...workerOptions, ...hubOptions }
    return { hub: await hubs.hub(name, pool, options), pool }
  }
}
