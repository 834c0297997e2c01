import type { Timer } from '@aloft/kernel'
import type { EntityStatus, HistoryEvent, InstanceStatus } from '../contracts.ts'
import { cleanEntities } from './clean-entities.ts'
import * as commands from './commands.ts'
import { readDeadLetters } from './dead-letters.ts'
import { HubClosed, InstanceNotFound, InvalidState } from './errors.ts'
import { type HubContext, partitionTopic } from './hub-context.ts'
import { decodeRow, findInstance, toStatus } from './instance-store.ts'
import { entityStatusNumber, hasEnded } from './model.ts'
import type { Partition } from './partition.ts'
import { purgeInstance, purgeWhere } from './purge.ts'
import { countInstances, entityStatus, queryEntities, queryInstances } from './queries.ts'
import { keepRetention } from './retention.ts'
import { rewindInstance } from './rewind-write.ts'
import type {
  EntityQuery,
  HubMetrics,
  InstanceFilter,
  InstanceQuery,
  SignalRequest,
  StartRequest,
  TaskHub,
} from './task-hub.ts'

/** While another host runs an instance, this one looks so often whether it has ended. */
const lookMs = 1000

/** An open hub: hands each request to the part that does it. */
export class OpenHub implements TaskHub {
  readonly #context: HubContext
  readonly #partitions: readonly Partition[]
  readonly #abort: AbortController
  readonly #leave: (() => void)[] = []
  #closed: Promise<void> | undefined

  /** @param abort whose signal is the context's `closing` */
  constructor(context: HubContext, partitions: readonly Partition[], abort: AbortController) {
    this.#context = context
    this.#partitions = partitions
    this.#abort = abort
  }

  /** Runs `action` when the hub closes. */
  onClose(action: () => void): void {
    this.#leave.push(action)
  }

  get name(): string {
    return this.#context.name
  }

  /** Takes up the unfinished work. */
  async open(): Promise<void> {
    const { database } = this.#context.engine
    for (const partition of this.#partitions) {
      const look = () => {
        if (partition.isOwned) void partition.rescan()
      }
      this.#leave.push(database.listen(partitionTopic(partition.number), look))
    }
    await Promise.all(this.#partitions.map(({ keeper }) => keeper.open()))
    this.#leave.push(keepRetention(this.#context, (filter) => this.purgeWhere(filter)))
  }

  start(request: StartRequest): Promise<{ instanceId: string; executionId: string }> {
    return this.#isOpen() ?? commands.start(this.#context, request)
  }

  raiseEvent(instanceId: string, name: string, input: string | null, traceParent?: string): Promise<void> {
    return this.#isOpen() ?? commands.raiseEvent(this.#context, instanceId, name, input, traceParent)
  }

  signalEntity(request: SignalRequest): Promise<void> {
    return this.#isOpen() ?? commands.signalEntity(this.#context, request)
  }

  terminate(instanceId: string, reason: unknown, children: 'terminate' | 'leave' = 'leave'): Promise<void> {
    return this.#isOpen() ?? commands.terminate(this.#context, instanceId, reason, children)
  }

  suspend(instanceId: string, reason: string | null): Promise<void> {
    return this.#isOpen() ?? commands.suspend(this.#context, instanceId, reason)
  }

  resume(instanceId: string, reason: string | null): Promise<void> {
    return this.#isOpen() ?? commands.resume(this.#context, instanceId, reason)
  }

  async rewind(instanceId: string, reason: string | null): Promise<void> {
    await this.#isOpen()
    const ids = await this.#context.engine.database.write((transaction) =>
      rewindInstance(transaction, this.#context, instanceId, reason),
    )
    this.#forget(ids)
    for (const id of ids) this.#partitionOf(id)?.rouseStored(id)
  }

  async restart(instanceId: string, under: 'new-id' | 'same-id'): Promise<string> {
    const status = await this.status(instanceId)
    if (!status) throw new InstanceNotFound(instanceId)
    const { name, input, version, runtimeStatus } = status
    if (under === 'new-id') return (await this.start({ name, input, version })).instanceId
    if (!hasEnded(runtimeStatus)) throw new InvalidState('restart', instanceId, runtimeStatus)
    return (await this.start({ instanceId, name, input, version })).instanceId
  }

  async purge(instanceId: string, children: 'purge' | 'leave' = 'leave'): Promise<number> {
    await this.#isOpen()
    const { engine, id } = this.#context
    const ids = await engine.database.write((transaction) =>
      purgeInstance(transaction, id, instanceId, children),
    )
    this.#forget(ids)
    return ids.length
  }

  purgeWhere(
    filter: InstanceFilter,
    options: { readonly timeoutMs?: number; readonly children?: 'purge' | 'leave' } = {},
  ): Promise<{ deleted: number; isComplete: boolean }> {
    return this.#isOpen() ?? purgeWhere(this.#context, filter, (ids) => this.#forget(ids), options)
  }

  async status(instanceId: string): Promise<InstanceStatus | undefined> {
    const { engine, id } = this.#context
    return await engine.database.read(async (snapshot) => {
      const stored = await findInstance(snapshot, id, instanceId)
      return stored && toStatus(await decodeRow(snapshot, stored))
    })
  }

  async query(query: InstanceQuery) {
    const { engine, id } = this.#context
    return await engine.database.read((snapshot) => queryInstances(snapshot, id, query))
  }

  async history(instanceId: string): Promise<readonly HistoryEvent[]> {
    const { engine, id } = this.#context
    const turns = await engine.database.read(async (snapshot) => {
      const row = await findInstance(snapshot, id, instanceId, 'without')
      if (!row) throw new InstanceNotFound(instanceId)
      const sql = 'SELECT events FROM durable_turn WHERE instance = ? ORDER BY turn'
      return await snapshot.all<{ events: string }>(sql, row.seq)
    })
    return JSON.parse(`[${turns.map(({ events }) => events).join(',')}]`) as HistoryEvent[]
  }

  async waitFor(
    instanceId: string,
    until: 'started' | 'ended',
    signal: AbortSignal,
  ): Promise<InstanceStatus> {
    signal.throwIfAborted()
    const { waiters, clock } = this.#context
    const partition = this.#partitionOf(instanceId)
    const isThere = ({ runtimeStatus }: InstanceStatus) =>
      until === 'started' ? runtimeStatus !== 'Pending' : hasEnded(runtimeStatus)
    const there = Promise.withResolvers<InstanceStatus>()
    const leave = waiters.add(instanceId, (row) => {
      if (!row) return watch()
      if (row instanceof Error) return there.reject(row)
      const status = toStatus(row)
      if (isThere(status)) there.resolve(status)
    })
    const look = async () => {
      const status = await this.status(instanceId)
      if (!status) throw new InstanceNotFound(instanceId)
      if (isThere(status)) there.resolve(status)
    }
    const lookOrFail = () => void look().catch(there.reject)
    // Another host tells nobody here.
    let timer: Timer | undefined
    const watch = () => {
      timer ??= clock.every(lookMs, lookOrFail)
    }
    if (!partition?.isOwned) watch()
    const onAbort = () => there.reject(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    // What is at work in memory says itself when it is there.
    if (!partition?.isAtWork(instanceId, until)) lookOrFail()
    try {
      return await there.promise
    } finally {
      leave()
      timer?.cancel()
      signal.removeEventListener('abort', onAbort)
    }
  }

  async entity(instanceId: string): Promise<EntityStatus | undefined> {
    const { engine, id } = this.#context
    return await engine.database.read(async (snapshot) => {
      const stored = await findInstance(snapshot, id, instanceId)
      return stored?.status === entityStatusNumber ? await entityStatus(snapshot, stored) : undefined
    })
  }

  async entities(query: EntityQuery) {
    const { engine, id } = this.#context
    return await engine.database.read((snapshot) => queryEntities(snapshot, id, query))
  }

  async cleanEntities(): Promise<{ removed: number; released: number }> {
    await this.#isOpen()
    return await cleanEntities(this.#context, (ids) => this.#forget(ids))
  }

  async counts() {
    const { engine, id } = this.#context
    return await engine.database.read((snapshot) => countInstances(snapshot, id))
  }

  metrics(): HubMetrics {
    const { counters, slots } = this.#context
    const all = Object.values(slots)
    return {
      ...counters,
      running: all.reduce((sum, { used }) => sum + used, 0),
      waiting: all.reduce((sum, { waiting }) => sum + waiting, 0),
      warm: this.#partitions.reduce((sum, { warmCount }) => sum + warmCount, 0),
    }
  }

  async deadLetters(limit: number) {
    const { engine, id } = this.#context
    return await engine.database.read((snapshot) => readDeadLetters(snapshot, id, limit))
  }

  async retryDeadLetter(letterId: number): Promise<void> {
    const { engine, id } = this.#context
    const sql = 'SELECT instance_id AS instanceId FROM durable_dead_letter WHERE id = ? AND hub = ?'
    const letter = await engine.database.read((snapshot) =>
      snapshot.get<{ instanceId: string }>(sql, letterId, id),
    )
    if (!letter) throw new InstanceNotFound(`dead letter ${letterId}`)
    await this.rewind(letter.instanceId, null)
    await engine.database.write((transaction) =>
      transaction.run('DELETE FROM durable_dead_letter WHERE id = ?', letterId),
    )
  }

  async drain(): Promise<void> {
    const { slots, engine } = this.#context
    await Promise.all(Object.values(slots).map((slot) => slot.close()))
    // Writes are done in order: those of the last turns are before this one.
    await engine.database.write(() => {})
  }

  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    const { slots, name, waiters } = this.#context
    const closed = new HubClosed(name)
    this.#abort.abort(closed)
    waiters.tellAll(closed)
    for (const leave of this.#leave) leave()
    for (const slot of Object.values(slots)) void slot.close()
    await Promise.all(this.#partitions.map((partition) => partition.close()))
  }

  #isOpen(): Promise<never> | undefined {
    return this.#closed ? Promise.reject(new HubClosed(this.name)) : undefined
  }

  #partitionOf(instanceId: string): Partition | undefined {
    const number = this.#context.partitionOf(instanceId)
    return this.#partitions.find((partition) => partition.number === number)
  }

  #forget(ids: readonly string[]): void {
    for (const id of ids) this.#partitionOf(id)?.forget(id)
  }
}
