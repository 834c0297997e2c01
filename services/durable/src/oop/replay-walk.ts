/**
 * Follows the SDK's executor through an execution's history and finds out which of the returned actions are new and
 * what their ids are. The SDK gives an id to a task when it is first yielded, so the walk takes the next action from
 * the list whenever the SDK would have run user code, and completes tasks by the SDK's rules (spec: durable.md 1.7,
 * 1.8). A walk is kept from turn to turn and goes on where it was.
 */
import { eventTypes, type HistoryEvent, type OrchestratorAction } from '../contracts.ts'
import type { ActionMaker } from './action-maker.ts'
import { completesOrchestratorTask, failsTask, isScheduling, taskKeyOf } from './history-facts.ts'
import type { OrchestratorState } from './orchestrator-state.ts'
import { isCompound, makeTask, type Task } from './replay-task.ts'
import { retryDelayMs } from './retry-delay.ts'
import {
  isFireAndForget,
  readAction,
  startIdOf,
  type TaskAction,
  type WorkerAction,
} from './worker-action.ts'

export interface WalkOptions {
  /** Timers that fire later than this from now are made of chunks. */
  readonly maximumShortTimerMs: number
  readonly longTimerChunkMs: number
}

/** The worker returned other actions than history says that it did. */
export class NonDeterministicWorkflow extends Error {
  override readonly name = 'NonDeterministicWorkflow'
}

/** A timer whose cancellation has to be looked for in what the worker returns. */
interface WatchedTimer {
  readonly task: Task
  /** Where its action is: the index in the list, then those among compound actions. */
  readonly place: readonly number[]
}

export class ReplayWalk {
  readonly #make: ActionMaker
  readonly #options: WalkOptions
  #current = startTask()
  #nextId = 0
  #now = 0
  /** Actions of the list that have been taken. */
  #taken = 0
  #fingerprints: string[] = []
  #list: readonly unknown[] = []
  /** The place of the first action of `#list` among all of the execution. */
  #listFrom = 0
  readonly #openTasks = new Map<number | string, Task>()
  readonly #waiters = new Map<string, Task[]>()
  readonly #deferred = new Map<number | string, HistoryEvent[]>()
  readonly #tasksByKey = new Map<number, Task>()
  readonly #timersByTime = new Map<number, Task>()
  #timers: WatchedTimer[] = []
  /** What history says was scheduled, by id. */
  readonly #scheduled = new Map<number, HistoryEvent>()
  /** Ids of tasks that keep the orchestration from completing. */
  readonly #blocking = new Set<number>()
  #lock: Extract<WorkerAction, { readonly kind: 'lock' }> | undefined
  #continuation: Extract<WorkerAction, { readonly kind: 'continue-as-new' }> | undefined
  #actions: OrchestratorAction[] = []
  /** The ids that the turn being walked may reach; none is given out in an earlier turn than history says. */
  #idLimit = Number.POSITIVE_INFINITY
  /** The orchestrator has returned or thrown: the SDK looks at no more events. */
  #isOver = false
  #endsThisTurn = false
  /** The highest id in history. */
  #highestId = -1
  #schema = 0

  constructor(make: ActionMaker, options: WalkOptions) {
    this.#make = make
    this.#options = options
  }

  /** The id that the next action would get. */
  get nextId(): number {
    return this.#nextId
  }

  get hasOpenTasks(): boolean {
    return this.#blocking.size > 0
  }

  get continuation(): { readonly input: unknown } | undefined {
    return this.#continuation
  }

  /**
   * Goes through `past` and `fresh` and returns the actions that history lacks.
   * @param past events of earlier turns that this walk has not seen
   * @throws InvalidWorkerState | NonDeterministicWorkflow
   */
  advance(
    past: readonly HistoryEvent[],
    fresh: readonly HistoryEvent[],
    state: OrchestratorState,
  ): readonly OrchestratorAction[] {
    this.#actions = []
    this.#list = state.actions
    this.#listFrom = state.actionsFrom
    this.#schema = state.schemaVersion
    this.#endsThisTurn = state.isDone || state.error !== undefined
    this.#checkTaken()
    const limits = this.#readSchedule(past)
    let turn = -1
    this.#idLimit = limits.length === 0 ? Number.POSITIVE_INFINITY : -1
    for (const event of past) {
      if (event.EventType === eventTypes.orchestratorStarted) this.#idLimit = limits[++turn]!
      this.#process(event)
    }
    this.#idLimit = Number.POSITIVE_INFINITY
    for (const event of fresh) this.#process(event)
    // What the SDK returned it has yielded: nothing may be left, whatever the walk thinks it waits for.
    while (this.#taken - this.#listFrom < this.#list.length && !this.#continuation) this.#takeNext()
    this.#cancelTimers(state.canceledKeys)
    this.#isOver = this.#endsThisTurn
    return this.#actions
  }

  /** Ends what the orchestrator holds; call it before the completing action. */
  releaseLocks(): readonly OrchestratorAction[] {
    this.#actions = []
    this.#release()
    return this.#actions
  }

  /** Learns what was scheduled in each turn of `past`; returns the highest id by the end of each. */
  #readSchedule(past: readonly HistoryEvent[]): number[] {
    const limits: number[] = []
    let highest = this.#nextId - 1
    for (const event of past) {
      if (event.EventType === eventTypes.orchestratorStarted) limits.push(highest)
      else if (isScheduling(event)) {
        this.#scheduled.set(event.EventId, event)
        if (event.EventId > highest) highest = event.EventId
        if (limits.length > 0) limits[limits.length - 1] = highest
      }
    }
    this.#highestId = highest
    return limits
  }

  #process(event: HistoryEvent): void {
    switch (event.EventType) {
      case eventTypes.orchestratorStarted:
        this.#now = Math.max(this.#now, Date.parse(event.Timestamp))
        return
      case eventTypes.executionStarted:
        this.#resume()
        return
      case eventTypes.taskScheduled:
      case eventTypes.subOrchestrationCreated:
      case eventTypes.timerCreated:
        this.#blocking.add(event.EventId)
        return
      case eventTypes.eventSent:
        this.#rekey(event)
        return
    }
    if (!completesOrchestratorTask(event)) return
    const key = taskKeyOf(event)
    if (typeof key === 'number') this.#blocking.delete(key)
    if (this.#isOver) return
    this.#settle(key, event)
    this.#resume()
  }

  /** Entity calls and locks are answered under the id of their message. */
  #rekey(event: HistoryEvent): void {
    const task = this.#openTasks.get(event.EventId)
    if (task?.kind !== 'entity-call' && task?.kind !== 'lock') return
    const { id } = JSON.parse(String(event.Input)) as { id: string }
    this.#openTasks.delete(event.EventId)
    this.#openTasks.set(id, task)
  }

  #settle(key: number | string, event: HistoryEvent): void {
    let task = this.#openTasks.get(key)
    if (task) this.#openTasks.delete(key)
    else {
      const waiters = this.#waiters.get(String(key))
      // The last one that waits is the first to get it.
      task = waiters?.pop()
      if (waiters?.length === 0) this.#waiters.delete(String(key))
    }
    if (!task) {
      const waiting = this.#deferred.get(key)
      if (waiting) waiting.push(event)
      else this.#deferred.set(key, [event])
      return
    }
    task.event = event
    this.#finish(task, failsTask(event, task.kind === 'entity-call') ? 'failed' : 'completed')
  }

  #finish(task: Task, state: 'completed' | 'failed'): void {
    task.state = state
    if (task.parent) this.#onChild(task.parent, task)
  }

  #onChild(parent: Task, child: Task): void {
    if (parent.kind === 'any') {
      if (parent.state === 'running') this.#finish(parent, 'completed')
    } else if (parent.kind === 'retry') this.#onAttempt(parent, child)
    else if (parent.kind === 'http') this.#onHttpChild(parent, child)
    else {
      if (parent.kind === 'long-timer' && parent.fireAt > this.#now)
        this.#addChild(parent, this.#timerChunk(parent.fireAt))
      this.#onChildOfAll(parent, child)
    }
  }

  #onChildOfAll(parent: Task, child: Task): void {
    if (child.state === 'failed') {
      if (parent.state !== 'failed') this.#finish(parent, 'failed')
    } else if (parent.children.every(({ state }) => state === 'completed')) this.#finish(parent, 'completed')
  }

  /** The SDK waits for a timer after every failure, the last one too. */
  #onAttempt(parent: Task, child: Task): void {
    const retry = parent.retry!
    if (retry.isWaitingOnTimer) {
      retry.isWaitingOnTimer = false
      if (retry.attempt > retry.options.maxNumberOfAttempts) this.#finish(parent, 'failed')
      else this.#addChild(parent, this.#attemptOf(parent))
    } else if (child.state === 'completed') this.#finish(parent, 'completed')
    else {
      const failure = child.event?.FailureDetails as { readonly IsNonRetriable?: boolean } | undefined
      const delayMs = retryDelayMs(retry.options, {
        number: retry.attempt,
        firstAttemptAt: retry.firstAttemptAt,
        now: this.#now,
        failure: failure ? { ErrorType: '', ErrorMessage: '', ...failure } : undefined,
      })
      if (delayMs === undefined) retry.isSpent = true
      this.#addChild(parent, makeTask('retry-timer', parent.action, [], this.#now + (delayMs ?? 0)))
      retry.isWaitingOnTimer = true
      retry.attempt++
    }
  }

  #attemptOf(parent: Task): Task {
    const kind = parent.action?.kind === 'sub-orchestration' ? 'sub-orchestration' : 'activity'
    return makeTask(kind, parent.action)
  }

  #onHttpChild(parent: Task, child: Task): void {
    if (child.state === 'failed') {
      if (parent.state !== 'failed') this.#finish(parent, 'failed')
      return
    }
    if (child.kind !== 'http-request') {
      // Its id was given out with the timer's, but there was nothing to do until now.
      const request = parent.children.at(-1)!
      this.#schedule(request)
      return
    }
    const poll = this.#make.pollAfter(child, this.#now)
    if (poll) {
      this.#addChild(parent, this.#makeTimer(poll.at, undefined))
      this.#addChild(parent, makeTask('http-request', poll.action))
    } else this.#finish(parent, 'completed')
  }

  #addChild(parent: Task, child: Task): void {
    child.parent = parent
    parent.children.push(child)
    this.#track(child)
  }

  /** Runs "user code" as long as it does not wait: takes what it yielded next from the list. */
  #resume(): void {
    while (this.#current.state !== 'running' && !this.#continuation) {
      const raw = this.#list[this.#taken - this.#listFrom]
      if (raw === undefined) {
        // It may yet wait for a task that it yielded before; then history has more ids.
        this.#isOver = this.#endsThisTurn && this.#nextId > this.#highestId
        return
      }
      if (!this.#isReached(raw)) return
      this.#takeNext()
    }
  }

  /**
   * Whether the SDK had come to this action. It may wait for a task that it yielded before, which shows in no list;
   * then history says that the next id went to something else, or to a later turn.
   */
  #isReached(raw: unknown): boolean {
    const startId = startIdOf(raw)
    if (startId !== undefined) return this.#nextId >= startId
    const first = this.#firstWithId(readAction(raw))
    if (!first) return true
    if (this.#nextId > this.#idLimit) return false
    const event = this.#scheduled.get(this.#nextId)
    return !event || event.EventType === scheduledTypeOf(first)
  }

  /** The first new task in an action that gets an id. */
  #firstWithId(action: WorkerAction): WorkerAction | undefined {
    if (action.kind === 'event' || action.kind === 'continue-as-new') return undefined
    if (action.kind !== 'any' && action.kind !== 'all') return action
    for (const child of action.children) {
      const isKnown = this.#findKnown(child as TaskAction, true) !== undefined
      const first = isKnown ? undefined : this.#firstWithId(child)
      if (first) return first
    }
    return undefined
  }

  #takeNext(): void {
    const index = this.#taken++
    const action = readAction(this.#list[index - this.#listFrom])
    this.#fingerprints.push(fingerprint(action))
    if (action.kind === 'continue-as-new') this.#continuation = action
    else if (action.kind === 'release') this.#release()
    else if (action.kind === 'signal-entity') this.#emit(this.#make.signal(this.#takeId(), action))
    else if (!isFireAndForget(action)) {
      this.#current = this.#build(action, [index])
      this.#track(this.#current)
    }
  }

  #build(action: TaskAction, place: readonly number[]): Task {
    const known = this.#findKnown(action, place.length > 1)
    if (known) return known
    const task = this.#makeTask(action, place)
    if (action.key !== undefined) this.#tasksByKey.set(action.key, task)
    return task
  }

  /**
   * A task that is yielded again is the same task. Without keys only timers tell: two that fire at the same
   * millisecond in different compounds are taken for one.
   */
  #findKnown(action: TaskAction, isInCompound: boolean): Task | undefined {
    if (action.key !== undefined) return this.#tasksByKey.get(action.key)
    if (action.kind !== 'timer' || !isInCompound) return undefined
    const timer = this.#timersByTime.get(action.fireAt)
    return timer && (timer.children[0] ?? timer).id !== undefined ? timer : undefined
  }

  #makeTask(action: TaskAction, place: readonly number[]): Task {
    switch (action.kind) {
      case 'any':
      case 'all': {
        const children = action.children.map((child, index) =>
          this.#build(child as TaskAction, [...place, index]),
        )
        return makeTask(action.kind, action, children)
      }
      case 'activity':
      case 'sub-orchestration':
        return action.retry ? this.#makeRetry(action, action.retry) : makeTask(action.kind, action)
      case 'timer': {
        const timer = this.#makeTimer(action.fireAt, action)
        this.#timersByTime.set(action.fireAt, timer)
        this.#timers.push({ task: timer, place })
        return timer
      }
      case 'event':
        return makeTask('event', action)
      case 'call-entity':
        return makeTask('entity-call', action)
      case 'lock':
        return makeTask('lock', action)
      case 'http': {
        const request = makeTask('http-request', action)
        return this.#make.isPolling(action, this.#schema) ? makeTask('http', action, [request]) : request
      }
    }
  }

  #makeRetry(action: TaskAction, options: NonNullable<Task['retry']>['options']): Task {
    const first = makeTask(action.kind === 'activity' ? 'activity' : 'sub-orchestration', action)
    const task = makeTask('retry', action, [first])
    const firstAttemptAt = this.#now
    task.retry = { options, attempt: 1, isWaitingOnTimer: false, firstAttemptAt, isSpent: false }
    return task
  }

  #makeTimer(fireAt: number, action: TaskAction | undefined): Task {
    const isLong = this.#schema >= 2 && fireAt - this.#now > this.#options.maximumShortTimerMs
    if (!isLong) return makeTask('timer', action, [], fireAt)
    return makeTask('long-timer', action, [this.#timerChunk(fireAt)], fireAt)
  }

  #timerChunk(finalFireAt: number): Task {
    const { maximumShortTimerMs, longTimerChunkMs } = this.#options
    const isLast = finalFireAt - this.#now <= maximumShortTimerMs
    return makeTask('timer', undefined, [], isLast ? finalFireAt : this.#now + longTimerChunkMs)
  }

  #track(task: Task): void {
    if (isCompound(task)) {
      // Children that come meanwhile track themselves.
      for (const child of [...task.children]) this.#track(child)
      return
    }
    if (task.kind === 'event') {
      const name = nameOf(task)
      const waiters = this.#waiters.get(name)
      if (waiters) waiters.push(task)
      else this.#waiters.set(name, [task])
    } else if (task.id === undefined) {
      task.id = this.#takeId()
      this.#openTasks.set(task.id, task)
      if (!isLaterPoll(task)) this.#schedule(task)
    }
    const key = task.kind === 'event' ? nameOf(task) : task.id!
    const deferred = this.#deferred.get(key)
    const event = deferred?.shift()
    if (deferred?.length === 0) this.#deferred.delete(key)
    if (event) this.#settle(key, event)
  }

  #takeId(): number {
    return this.#nextId++
  }

  #schedule(task: Task): void {
    if (task.kind === 'lock' && task.action?.kind === 'lock') this.#lock = task.action
    const action = this.#make.schedule(task, this.#schema)
    const event = this.#scheduled.get(action.id)
    if (event) checkScheduled(action, event)
    else this.#emit(action)
  }

  #release(): void {
    const lock = this.#lock
    this.#lock = undefined
    for (const entity of lock?.lockSet ?? [])
      this.#emit(this.#make.release(this.#takeId(), entity, lock!.lockRequestId))
  }

  #emit(action: OrchestratorAction): void {
    if (this.#scheduled.has(action.id)) return
    this.#actions.push(action)
    if (
      action.kind === 'schedule-task' ||
      action.kind === 'create-sub-orchestration' ||
      action.kind === 'create-timer'
    )
      this.#blocking.add(action.id)
  }

  /** The orchestrator may cancel a timer at any time: its action changes where it stands. */
  #cancelTimers(canceledKeys: readonly unknown[]): void {
    if (this.#timers.length === 0) return
    this.#timers = this.#timers.filter(({ task, place: [index = 0, ...inner] }) => {
      if (task.state !== 'running') return false
      const isLeftOut = index < this.#listFrom
      const isCanceled = isLeftOut
        ? canceledKeys.includes(task.action?.key)
        : isCanceledAt(this.#list, [index - this.#listFrom, ...inner])
      if (!isCanceled) return true
      const pending = task.kind === 'long-timer' ? task.children.at(-1)! : task
      // One whose firing has come meanwhile is over.
      if (pending.id !== undefined && this.#blocking.delete(pending.id))
        this.#actions.push({ kind: 'cancel-timer', id: pending.id })
      return false
    })
  }

  /** What was taken in earlier turns must be there still. */
  #checkTaken(): void {
    for (let index = this.#listFrom; index < this.#taken; index++) {
      const raw = this.#list[index - this.#listFrom]
      const now = raw === undefined ? 'nothing' : fingerprint(readAction(raw))
      const before = this.#fingerprints[index]!
      if (now !== before)
        throw new NonDeterministicWorkflow(
          `Non-Deterministic workflow detected: action ${index} of the orchestrator was ${before} and is ${now} when replayed. Was the orchestrator's code changed while this instance was running?`,
        )
    }
  }
}

function startTask(): Task {
  const task = makeTask('start', undefined)
  task.state = 'completed'
  return task
}

function nameOf({ action }: Task): string {
  return action?.kind === 'event' ? action.name : ''
}

/** The request after a timer: its id is given out with the timer's. */
function isLaterPoll({ kind, parent }: Task): boolean {
  return kind === 'http-request' && parent?.kind === 'http' && parent.children.length > 1
}

/** The type of the event that says that the action was done. */
function scheduledTypeOf({ kind }: WorkerAction): number {
  if (kind === 'activity' || kind === 'http') return eventTypes.taskScheduled
  if (kind === 'sub-orchestration') return eventTypes.subOrchestrationCreated
  return kind === 'timer' ? eventTypes.timerCreated : eventTypes.eventSent
}

/** What of an action cannot change between two replays. */
function fingerprint(action: WorkerAction): string {
  if (action.kind === 'activity' || action.kind === 'sub-orchestration' || action.kind === 'event')
    return `${action.kind} '${action.name}'`
  if (action.kind === 'any' || action.kind === 'all') return `${action.kind} of ${action.children.length}`
  return action.kind
}

function isCanceledAt(list: readonly unknown[], place: readonly number[]): boolean {
  let action = list[place[0]!] as { readonly compoundActions?: readonly unknown[]; isCanceled?: boolean }
  for (const index of place.slice(1)) action = action?.compoundActions?.[index] as typeof action
  return action?.isCanceled === true
}

const scheduledTypes: Readonly<Record<string, number>> = {
  'schedule-task': eventTypes.taskScheduled,
  'create-sub-orchestration': eventTypes.subOrchestrationCreated,
  'create-timer': eventTypes.timerCreated,
  'send-event': eventTypes.eventSent,
}

function checkScheduled(action: OrchestratorAction, event: HistoryEvent): void {
  const isSameType = scheduledTypes[action.kind] === event.EventType
  const isNamed = action.kind === 'schedule-task' || action.kind === 'create-sub-orchestration'
  const isSameName = !isNamed || action.name.toLowerCase() === String(event.Name).toLowerCase()
  if (isSameType && isSameName) return
  const now = isNamed ? `${action.kind} '${action.name}'` : action.kind
  throw new NonDeterministicWorkflow(
    `Non-Deterministic workflow detected: the action with id ${action.id} is ${now} when replayed, but history has an event of type ${event.EventType}${event.Name ? ` for '${String(event.Name)}'` : ''}. Was the orchestrator's code changed while this instance was running?`,
  )
}
