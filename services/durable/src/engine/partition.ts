import type { Transaction } from '@aloft/engine'
import { ensureError } from '@aloft/kernel'
import { eventTypes } from '../contracts.ts'
import { Activities } from './activities.ts'
import { runEntityTurn } from './entity-runner.ts'
import { History } from './history.ts'
import type { HubContext } from './hub-context.ts'
import { Instance } from './instance.ts'
import { readInstance, takeStored } from './instance-loader.ts'
import { LeaseKeeper } from './lease-keeper.ts'
import { type Addressed, insertOutcome, messagesDue } from './message-store.ts'
import { hasEnded, type InstanceRow, type Message } from './model.ts'
import { newEntity } from './new-instance.ts'
import { runOrchestratorTurn } from './orchestrator-runner.ts'
import { TimerQueue } from './timer-queue.ts'
import { StaleTurn, writeDiscard } from './turn-commit.ts'
import { WarmInstances } from './warm-instances.ts'
import { WriteQueue } from './write-queue.ts'

/** Between tries of an aborted turn or activity: doubles from the first to the last. */
export function backoffMs(attempts: number): number {
  return Math.min(30_000, 50 * 2 ** Math.min(attempts, 12))
}

/** Turns that are faster are not worth a wait. */
const gatherFromMs = 2
const maxGatherMs = 250

/**
 * The instances of a partition that have something to do, while this host holds the partition's lease. Whatever an
 * instance is told comes in through `deliver`; one turn at a time takes it out.
 */
export class Partition {
  readonly context: HubContext
  readonly number: number
  readonly keeper: LeaseKeeper
  readonly activities: Activities
  /** Writes that are undone unless this host holds the partition. */
  readonly writes: WriteQueue
  readonly #instances = new Map<string, Instance>()
  readonly #warm: WarmInstances
  #timers: TimerQueue | undefined

  constructor(context: HubContext, number: number, owner: string) {
    this.context = context
    this.number = number
    this.activities = new Activities(this)
    this.#warm = new WarmInstances(context.options.warmCharacters / context.options.partitions, (instance) =>
      this.#instances.delete(instance.id),
    )
    this.keeper = new LeaseKeeper({
      engine: context.engine,
      clock: context.clock,
      log: context.log,
      name: `durable/${number}`,
      owner,
      onGained: () => this.#takeUp(),
      onLost: () => {
        this.#letGo()
        context.waiters.tellAll(undefined)
      },
    })
    this.writes = new WriteQueue(context.engine.database, (transaction) => this.keeper.prove(transaction))
  }

  get warmCount(): number {
    return this.#instances.size
  }

  get isOwned(): boolean {
    return this.#timers !== undefined
  }

  /** Whether the instance is in memory and has not come so far yet: then a turn will. */
  isAtWork(instanceId: string, until: 'started' | 'ended'): boolean {
    const instance = this.#instances.get(instanceId)
    const isLoaded = instance?.row !== undefined && !instance.isGone && !instance.isEntity
    return isLoaded && (until === 'ended' || instance.row?.status === 'Pending')
  }

  /** Stored messages, and outcomes of activities. */
  deliver(target: string, message: Message): void {
    if (!this.isOwned) return
    const instance = this.#instances.get(target) ?? this.#adopt(target)
    if (message.seq !== 0) {
      if (instance.held.has(message.seq)) return
      instance.held.add(message.seq)
    }
    instance.inbox.push(message)
    // The outcome of an activity that no turn takes at once must not be lost with this process.
    const mayWait = instance.phase !== 'idle' || instance.retry || !this.context.slots.orchestrators.isOpen
    if (message.seq === 0 && mayWait) this.keepSafe(instance, message)
    if (instance.isGathering && (!isOutcome(message) || instance.inFlight.size === 0))
      this.#endPause(instance)
    if (!this.#gathers(instance)) this.rouse(instance)
  }

  /** A message that has just been stored. */
  accept({ target, message }: Addressed): void {
    if (message.dueAt > this.context.clock.now())
      this.#timers?.add({ partition: this.number, target, message })
    else this.deliver(target, message)
  }

  /** A new instance that has been stored or is about to be, in place of any other with its id. */
  admit(row: InstanceRow): Instance | undefined {
    if (!this.isOwned) return undefined
    this.#instances.get(row.id)?.dismiss()
    const instance = this.#adopt(row.id)
    instance.row = row
    instance.history = new History()
    instance.isActive = row.origin.scheduledAt === undefined
    if (row.origin.scheduledAt === undefined) this.rouse(instance)
    return instance
  }

  /** The instance was changed in the database by other means than a turn. */
  forget(instanceId: string): void {
    this.#instances.get(instanceId)?.dismiss()
    this.#instances.delete(instanceId)
  }

  /** Takes up an instance that is stored. */
  rouseStored(instanceId: string): void {
    if (this.isOwned) this.rouse(this.#instances.get(instanceId) ?? this.#adopt(instanceId))
  }

  rouse(instance: Instance): void {
    if (instance.phase !== 'idle' || instance.retry || instance.isGone) return
    instance.phase = 'waiting'
    this.#warm.remove(instance)
    const { orchestrators, entities } = this.context.slots
    if (instance.isEntity) entities.run('', () => runEntityTurn(this, instance))
    else orchestrators.run('', () => runOrchestratorTurn(this, instance))
  }

  /** A turn has ended, or there was none: on to the next, or to rest. */
  rest(instance: Instance): void {
    instance.phase = 'idle'
    if (instance.isGone) return
    if (this.#hasWork(instance)) {
      if (!this.#gathers(instance)) this.rouse(instance)
    } else if (instance.isEntity && !instance.row?.turns && instance.inbox.length === 0)
      this.forget(instance.id)
    else if (instance.inFlight.size === 0 && instance.inbox.length === 0) this.#warm.add(instance)
  }

  /** What a suspended orchestration or a locked entity holds back does not count; its runner says so. */
  #hasWork(instance: Instance): boolean {
    return instance.inbox.length > 0 && !instance.isHeldBack
  }

  /** The instance has ended: its messages are gone from the database, too. */
  retire(instance: Instance): void {
    instance.dismiss()
    if (this.#instances.get(instance.id) === instance) this.#instances.delete(instance.id)
  }

  /** Tries a turn again later, with its messages in front of what has come since. */
  retryLater(instance: Instance, messages: readonly Message[], delayMs: number): void {
    instance.phase = 'idle'
    if (instance.isGone) return
    instance.inbox = [...messages, ...instance.inbox]
    this.#pause(instance, delayMs)
  }

  #pause(instance: Instance, delayMs: number): void {
    this.keepAllSafe(instance)
    instance.retry = this.context.clock.after(delayMs, () => {
      this.#endPause(instance)
      this.rouse(instance)
    })
  }

  #endPause(instance: Instance): void {
    instance.retry?.cancel()
    instance.retry = undefined
    instance.isGathering = false
  }

  /**
   * While a fan-out is under way its outcomes are gathered for as long as the last turn took: with a history that
   * grows, replaying it takes no more than half of the time, and the number of turns grows much slower than that of
   * outcomes. Anything else is told at once.
   */
  #gathers(instance: Instance): boolean {
    const { turnMs, inFlight, inbox, phase } = instance
    if (turnMs < gatherFromMs || inFlight.size === 0 || phase !== 'idle' || instance.retry) return false
    if (!inbox.every(isOutcome)) return false
    instance.isGathering = true
    this.#pause(instance, Math.min(turnMs, maxGatherMs))
    return true
  }

  /** After a commit that failed: reads the instance anew. */
  overtaken(instance: Instance, messages: readonly Message[], error: unknown): void {
    if (error instanceof StaleTurn) {
      instance.unload()
      instance.held.clear()
      instance.inbox = []
      this.retryLater(instance, [], 0)
      return
    }
    const { log, name } = this.context
    const detail = { error: ensureError(error), ids: { hub: name, instanceId: instance.id } }
    if (!this.context.closing.aborted)
      log.write('warning', `A turn of ${instance.id} could not be stored`, detail)
    this.retryLater(instance, messages, backoffMs(++instance.attempts))
  }

  cancelTimer(seq: number): void {
    this.#timers?.remove(seq)
  }

  keepAllSafe(instance: Instance): void {
    for (const message of instance.inbox) if (message.seq === 0) this.keepSafe(instance, message)
  }

  /** Stores the outcome of an activity that has to wait. */
  keepSafe(instance: Instance, message: Message): void {
    message.seq = this.context.nextNumber()
    instance.held.add(message.seq)
    const { seq } = message
    const stored = { partition: this.number, target: instance.id, message: { ...message } }
    const store = async (transaction: Transaction) => {
      const isStored = await insertOutcome(transaction, stored, instance.row?.seq ?? 0)
      // Its execution has ended: the message is as good as never sent, and no turn must look for its row.
      if (!isStored && message.seq === seq) message.seq = 0
    }
    // Without its row the message is found missing at the next commit, and the activity is run again.
    this.writes.add(store).catch(() => {})
  }

  /**
   * Reads the instance with its history and its messages. False when it is not there or has ended: its messages are
   * thrown away.
   */
  async load(instance: Instance): Promise<boolean> {
    const { row, lock, isActive, text, messages } = await readInstance(
      this.context.engine.database,
      this.number,
      instance.id,
    )
    if (instance.isGone) return false
    instance.isActive = isActive
    if (instance.isEntity) instance.row = row ?? newEntity(this.context, instance.id)
    else if (!row || hasEnded(row.status)) {
      await this.discard(instance, [...instance.inbox, ...messages])
      this.retire(instance)
      return false
    } else {
      instance.row = row
      instance.history = new History(text)
    }
    instance.lock = lock
    takeStored(instance, messages, this.context.clock.now())
    return true
  }

  /** Removes messages that nobody is there for. */
  async discard(instance: Instance, messages: readonly Message[]): Promise<void> {
    if (messages.some(({ seq }) => seq !== 0))
      await this.writes.add((transaction) => writeDiscard(transaction, this.number, instance.id, messages))
    for (const { seq } of messages) instance.held.delete(seq)
  }

  async close(): Promise<void> {
    this.#letGo()
    await this.keeper.close()
  }

  /** Looks for what other hosts have put into this partition. */
  async rescan(): Promise<void> {
    const { database } = this.context.engine
    const timers = this.#timers
    const { ids, due } = await database.read(async (snapshot) => ({
      ids: await snapshot.all<{ id: string }>(
        'SELECT id FROM durable_instance WHERE partition = ? AND active = 1 ORDER BY seq',
        this.number,
      ),
      due: await messagesDue(snapshot, this.number, -1, this.context.clock.now()),
    }))
    if (timers !== this.#timers) return
    for (const { id } of ids) if (!this.#instances.has(id)) this.rouseStored(id)
    for (const { target, message } of due) this.deliver(target, message)
  }

  #adopt(id: string): Instance {
    const instance = new Instance(id)
    this.#instances.set(id, instance)
    return instance
  }

  #takeUp(): void {
    const { clock, engine, log, name } = this.context
    const timers = new TimerQueue({
      clock,
      load: (after, until) =>
        engine.database.read((snapshot) => messagesDue(snapshot, this.number, after, until)),
      onDue: ({ target, message }) => this.deliver(target, message),
      onError: (error) =>
        log.write('error', `The timers of task hub ${name} could not be read`, { error: ensureError(error) }),
    })
    this.#timers = timers
    Promise.all([timers.open(), this.rescan()]).catch((error: unknown) =>
      log.write('error', `The work of task hub ${name} could not be taken up`, { error: ensureError(error) }),
    )
  }

  #letGo(): void {
    this.#timers?.close()
    this.#timers = undefined
    for (const instance of this.#instances.values()) instance.dismiss()
    this.#instances.clear()
    this.#warm.clear()
  }
}

/** Of an activity. */
function isOutcome({ event: { EventType } }: Message): boolean {
  return EventType === eventTypes.taskCompleted || EventType === eventTypes.taskFailed
}
