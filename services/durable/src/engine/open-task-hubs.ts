import type { Engine } from '@aloft/engine'
import { type Clock, type Logger, newId, UserError } from '@aloft/kernel'
import type { Executor } from '../contracts.ts'
import { partitionIndex } from './addressing.ts'
import { type HubContext, partitionTopic } from './hub-context.ts'
import { defaultHubOptions, type HubOptions } from './hub-options.ts'
import { OpenHub } from './open-hub.ts'
import { Partition } from './partition.ts'
import { durableMigration, partitionsPerHub } from './schema.ts'
import { Slots } from './slots.ts'
import type { TaskHub } from './task-hub.ts'
import { Waiters } from './waiters.ts'
import { WriteQueue } from './write-queue.ts'

export interface TaskHubsOptions {
  readonly engine: Engine
  readonly clock: Clock
  readonly log: Logger
  /** Makes UUIDs; tests give their own. @default the kernel's */
  readonly makeId?: () => string
  /**
   * Names this host among those that share the engine. A host that comes back under its name goes on at once; one with
   * another name waits until the lease of the old one has run out. @default 'local'
   */
  readonly owner?: string
}

/** The task hubs of this process. */
export interface TaskHubs {
  /**
   * Opens a hub, making it when it is not there, and takes up its unfinished work. Names are matched without case.
   * A hub can be open once in a process.
   */
  hub(name: string, executor: Executor, options?: Partial<HubOptions>): Promise<TaskHub>
  /** Of all hubs that there are, open or not. */
  names(): Promise<readonly string[]>
  /** Deletes a hub that is not open, with all that is in it. */
  remove(name: string): Promise<void>
  /** Closes all hubs. */
  close(): Promise<void>
}

/** Numbers of one opening of a hub; the next opening of any hub begins beyond them: rows of all hubs share a table. */
const numbersPerOpening = 2 ** 36
const nextOpening = '(SELECT coalesce(max(opening), 0) + 1 FROM durable_hub)'

/** Prepares the tables; hubs are opened one by one. */
export async function openTaskHubs(options: TaskHubsOptions): Promise<TaskHubs> {
  const { database } = options.engine
  await database.migrate(durableMigration)
  const open = new Map<string, OpenHub>()
  return {
    async hub(name, executor, hubOptions = {}) {
      if (open.has(name.toLowerCase())) throw new UserError(`Task hub '${name}' is open already.`)
      const hub = await openHub(options, name, executor, { ...defaultHubOptions, ...hubOptions })
      open.set(name.toLowerCase(), hub)
      hub.onClose(() => open.delete(name.toLowerCase()))
      await hub.open()
      return hub
    },
    async names() {
      const rows = await database.read((snapshot) =>
        snapshot.all<{ name: string }>('SELECT name FROM durable_hub ORDER BY name'),
      )
      return rows.map(({ name }) => name)
    },
    async remove(name) {
      if (open.has(name.toLowerCase())) throw new UserError(`Task hub '${name}' is open; close it first.`)
      await database.write(async (transaction) => {
        const hub = await transaction.get<{ id: number }>('SELECT id FROM durable_hub WHERE name = ?', name)
        if (!hub) return
        const ofHub = 'instance IN (SELECT seq FROM durable_instance WHERE hub = ?)'
        const first = hub.id * partitionsPerHub
        await transaction.run(`DELETE FROM durable_turn WHERE ${ofHub}`, hub.id)
        await transaction.run(`DELETE FROM durable_payload WHERE ${ofHub}`, hub.id)
        const messages = 'DELETE FROM durable_message WHERE partition >= ? AND partition < ?'
        await transaction.run(messages, first, first + partitionsPerHub)
        await transaction.run('DELETE FROM durable_instance WHERE hub = ?', hub.id)
        await transaction.run('DELETE FROM durable_dead_letter WHERE hub = ?', hub.id)
        await transaction.run('DELETE FROM durable_hub WHERE id = ?', hub.id)
      })
    },
    async close() {
      await Promise.all([...open.values()].map((hub) => hub.close()))
    },
  }
}

async function openHub(
  { engine, clock, log, makeId = newId, owner = 'local' }: TaskHubsOptions,
  name: string,
  executor: Executor,
  options: HubOptions,
): Promise<OpenHub> {
  const { id, partitions: count, opening } = await registerHub(engine, name, options.partitions)
  const abort = new AbortController()
  let lastNumber = opening * numbersPerOpening
  const first = id * partitionsPerHub
  const partitions: Partition[] = []
  const context: HubContext = {
    name: options.shownName ?? name,
    id,
    engine,
    clock,
    log,
    executor,
    options: { ...options, partitions: count },
    makeId,
    nextNumber: () => ++lastNumber,
    counters: {
      started: 0,
      completed: 0,
      turns: 0,
      abortedTurns: 0,
      activities: 0,
      entityBatches: 0,
      entityOperations: 0,
    },
    waiters: new Waiters(),
    writes: new WriteQueue(engine.database),
    slots: {
      orchestrators: new Slots(options.maxConcurrentOrchestrators),
      activities: new Slots(options.maxConcurrentActivities),
      entities: new Slots(options.maxConcurrentEntities),
    },
    closing: abort.signal,
    partitionOf: (instanceId) => first + partitionIndex(instanceId, count),
    deliver(sent, started) {
      for (const row of started) partitions[row.partition - first]?.admit(row)
      for (const addressed of sent) partitions[addressed.partition - first]?.accept(addressed)
    },
    admitAhead(row) {
      const partition = partitions[row.partition - first]
      const instance = partition?.admit(row)
      const { promise, resolve } = Promise.withResolvers<void>()
      if (instance) instance.stored = promise
      return {
        confirm() {
          if (instance) instance.stored = undefined
          resolve()
          // Whoever has gained the partition meanwhile may have looked for it too early.
          if (!instance || instance.isGone) partition?.rouseStored(row.id)
        },
        withdraw() {
          partition?.forget(row.id)
          resolve()
        },
      }
    },
    wakeOthers(transaction, numbers) {
      for (const number of numbers)
        if (!partitions[number - first]?.isOwned) transaction.wake(partitionTopic(number))
    },
  }
  for (let index = 0; index < count; index++) partitions.push(new Partition(context, first + index, owner))
  return new OpenHub(context, partitions, abort)
}

async function registerHub(
  { database }: Engine,
  name: string,
  partitions: number,
): Promise<{ id: number; partitions: number; opening: number }> {
  return await database.write(async (transaction) => {
    await transaction.run(
      `INSERT INTO durable_hub (name, partitions, opening) VALUES (?, ?, ${nextOpening})
        ON CONFLICT (name) DO UPDATE SET opening = ${nextOpening}`,
      name,
      Math.max(1, Math.min(partitions, partitionsPerHub)),
    )
    const sql = 'SELECT id, partitions, opening FROM durable_hub WHERE name = ?'
    const hub = await transaction.get<{ id: number; partitions: number; opening: number }>(sql, name)
    if (!hub) throw new Error(`Task hub ${name} was not stored`)
    return hub
  })
}
