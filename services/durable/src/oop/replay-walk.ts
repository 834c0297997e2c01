/**
 * Follows the SDK's executor through an execution's history and finds out which of the returned actions are new and
 * what their ids are. The SDK gives an id to a task when it is first yielded, so the walk takes the next action from
 * the list whenever the SDK would have run user code, and completes tasks by the SDK's rules
 * (durable-functions, `TaskOrchestrationExecutor`). A walk is kept from turn to turn and goes on where it was.
 */
import { eventTypes, type HistoryEvent, type OrchestratorAction } from '../contracts.ts'
import { ActionList } from './action-list.ts'
import type { ActionMaker } from './action-maker.ts'
import { AmbiguousTurn } from './ambiguous-turn.ts'
import { completesOrchestratorTask, isScheduling, taskKeyOf } from './history-facts.ts'
import { checkScheduled, mayBeOf } from './non-determinism.ts'
import type { OrchestratorState } from './orchestrator-state.ts'
import { makeTask, type Task } from './replay-task.ts'
import { noLimit, nothing, Schedule } from './schedule.ts'
import { TaskTracker, type TimerLimits } from './task-tracker.ts'
import { readAction, startIdOf, type TaskAction, type WorkerAction } from './worker-action.ts'

/** A timer whose cancellation has to be looked for in what the worker returns. */
interface WatchedTimer {
  readonly task: Task
  /** Where its action is: the index in the list, then those among compound actions. */
  readonly place: readonly number[]
}

export class ReplayWalk {
  readonly #make: ActionMaker
  readonly #tracker: TaskTracker
  readonly #list = new ActionList()
  #current = startTask()
  readonly #tasksByKey = new Map<number, Task>()
  readonly #timersByTime = new Map<number, Task>()
  #timers: WatchedTimer[] = []
  readonly #schedule = new Schedule()
  /** Ids of tasks that keep the orchestration from completing. */
  readonly #blocking = new Set<number>()
  /** Timers that were cancelled, perhaps before history says that they were created. */
  readonly #canceled = new Set<number>()
  #lock: Extract<WorkerAction, { readonly kind: 'lock' }> | undefined
  #continuation: Extract<WorkerAction, { readonly kind: 'continue-as-new' }> | undefined
  #actions: OrchestratorAction[] = []
  /** What the turn being walked may reach: nothing happens in an earlier turn than history says. */
  #limit = noLimit
  /** Whether the worker tells when its actions came about. */
  #isTold = false
  /** The orchestrator has returned or thrown: the SDK looks at no more events. */
  #isOver = false
  #endsThisTurn = false
  /** Raised events that came when the orchestrator was over. */
  readonly #late: HistoryEvent[] = []
  /** Raised events of which it had made no use when it continued as new. */
  #unusedBefore: readonly HistoryEvent[] = []
  /** How many of the turn's events have been looked at when an action was taken whose time the worker does not tell. */
  #unclearFrom = Number.POSITIVE_INFINITY
  /** Of the turn's events. */
  #freshCount = 0
  #isTaking = false

  constructor(make: ActionMaker, limits: TimerLimits) {
    this.#make = make
    this.#tracker = new TaskTracker({ ...limits, make, schedule: (task) => this.#scheduleTask(task) })
  }

  /** The id that the next action would get. */
  get nextId(): number {
    return this.#tracker.nextId
  }

  /** How many actions the worker has returned, when that will have to be known; see `TurnResult`. */
  get actionCount(): number | undefined {
    return this.#isTold || this.#list.taken === 0 ? undefined : this.#list.taken
  }

  get hasOpenTasks(): boolean {
    return this.#blocking.size > 0
  }

  get continuation(): { readonly input: unknown } | undefined {
    return this.#continuation
  }

  /**
   * Events for the next generation, in order of arrival.
   * @param early those that came before the orchestrator continued as new, and that it did not wait for
   */
  carryover(early: 'kept' | 'dropped'): readonly HistoryEvent[] {
    if (early === 'kept') return [...this.#tracker.unused, ...this.#late]
    const before = new Set(this.#unusedBefore)
    return [...this.#tracker.unused.filter((event) => !before.has(event)), ...this.#late]
  }

  /**
   * Goes through `past` and `fresh` and returns the actions that history lacks.
   * @param past events of earlier turns that this walk has not seen
   * @throws InvalidWorkerState | NonDeterministicWorkflow | AmbiguousTurn; the walk is worth nothing then
   */
  advance(
    past: readonly HistoryEvent[],
    fresh: readonly HistoryEvent[],
    state: OrchestratorState,
  ): readonly OrchestratorAction[] {
    this.#actions = []
    this.#list.replace(state)
    this.#tracker.schemaVersion = state.schemaVersion
    this.#endsThisTurn = state.isDone || state.error !== undefined
    const limits = this.#schedule.learn(past, this.nextId)
    let turn = -1
    this.#limit = limits.length === 0 ? noLimit : nothing
    for (const event of past) {
      if (event.EventType === eventTypes.orchestratorStarted) this.#limit = limits[++turn]!
      this.#process(event)
    }
    this.#limit = noLimit
    this.#unclearFrom = Number.POSITIVE_INFINITY
    this.#freshCount = 0
    for (const event of fresh) {
      this.#freshCount++
      this.#process(event)
    }
    this.#freshCount = 0
    // What the SDK returned it has yielded: nothing may be left, whatever the walk thinks it waits for.
    while (this.#list.next !== undefined && !this.#continuation) this.#takeNext()
    this.#cancelTimers()
    this.#list.release()
    this.#isOver = this.#endsThisTurn
    return this.#actions
  }

  /** Ends what the orchestrator holds; call it before the completing action. */
  releaseLocks(): readonly OrchestratorAction[] {
    this.#actions = []
    this.#release()
    return this.#actions
  }

  #process(event: HistoryEvent): void {
    const { EventType } = event
    if (EventType === eventTypes.orchestratorStarted) this.#tracker.setTime(Date.parse(event.Timestamp))
    else if (EventType === eventTypes.executionStarted) this.#resume()
    else if (EventType === eventTypes.eventSent) this.#tracker.rekey(event)
    else if (isScheduling(event)) {
      if (!this.#canceled.has(event.EventId)) this.#blocking.add(event.EventId)
    } else if (completesOrchestratorTask(event)) {
      const key = taskKeyOf(event)
      if (typeof key === 'number') this.#blocking.delete(key)
      if (this.#isOver) {
        if (typeof key === 'string' && !this.#tracker.isOpen(key)) this.#late.push(event)
        return
      }
      this.#tracker.settle(key, event)
      this.#resume()
    }
  }

  /** Runs "user code" as long as it does not wait: takes what it yielded next from the list. */
  #resume(): void {
    while (this.#current.state !== 'running' && !this.#continuation) {
      const { next } = this.#list
      if (next === undefined) {
        // It may yet wait for a task that it yielded before; then history has more ids.
        this.#isOver = this.#endsThisTurn && this.nextId > this.#schedule.highestId
        return
      }
      if (!this.#isReached(next)) return
      this.#takeNext()
    }
  }

  /**
   * Whether the SDK had come to this action. It may wait for a task that it yielded before, which shows in no list;
   * then history says that the next id went to something else, or to a later turn.
   */
  #isReached(raw: unknown): boolean {
    const startId = startIdOf(raw)
    if (startId !== undefined) return this.nextId >= startId
    if (this.#list.taken >= this.#limit.actions) return false
    const first = this.#firstWithId(readAction(raw))
    if (!first) return true
    if (this.nextId > this.#limit.id) return false
    const event = this.#schedule.at(this.nextId)
    return !event || mayBeOf(first, event)
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
    this.#isTold = startIdOf(this.#list.next) !== undefined
    if (this.#freshCount > 0 && !this.#isTold)
      this.#unclearFrom = Math.min(this.#unclearFrom, this.#freshCount)
    const { action, index } = this.#list.take()
    if (action.kind === 'continue-as-new') {
      this.#continuation = action
      this.#unusedBefore = this.#tracker.unused
    } else if (action.kind === 'release') this.#release()
    else if (action.kind === 'signal-entity') this.#emit(this.#make.signal(this.#tracker.takeId(), action))
    else {
      this.#current = this.#build(action, [index])
      this.#isTaking = true
      this.#tracker.track(this.#current)
      this.#isTaking = false
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
        return action.retry ? this.#tracker.makeRetry(action, action.retry) : makeTask(action.kind, action)
      case 'timer': {
        const timer = this.#tracker.makeTimer(action.fireAt, action)
        this.#timersByTime.set(action.fireAt, timer)
        this.#timers.push({ task: timer, place })
        return timer
      }
      case 'call-entity':
        return makeTask('entity-call', action)
      case 'http': {
        const request = makeTask('http-request', action)
        const { schemaVersion } = this.#tracker
        return this.#make.isPolling(action, schemaVersion) ? makeTask('http', action, [request]) : request
      }
      default:
        return makeTask(action.kind, action)
    }
  }

  #scheduleTask(task: Task): void {
    if (!this.#isTaking && this.#freshCount > this.#unclearFrom) throw new AmbiguousTurn(this.#unclearFrom)
    if (task.kind === 'lock' && task.action?.kind === 'lock') this.#lock = task.action
    const action = this.#make.schedule(task, this.#tracker.schemaVersion)
    const event = this.#schedule.at(action.id)
    if (event) checkScheduled(action, event)
    else this.#emit(action)
  }

  #release(): void {
    const lock = this.#lock
    this.#lock = undefined
    for (const entity of lock?.lockSet ?? [])
      this.#emit(this.#make.release(this.#tracker.takeId(), entity, lock!.lockRequestId))
  }

  #emit(action: OrchestratorAction): void {
    if (this.#schedule.at(action.id)) return
    this.#actions.push(action)
    if (action.kind !== 'send-event') this.#blocking.add(action.id)
  }

  /** The orchestrator may cancel a timer at any time. */
  #cancelTimers(): void {
    if (this.#timers.length === 0) return
    this.#timers = this.#timers.filter(({ task, place }) => {
      if (task.state !== 'running') return false
      if (!this.#list.isCanceled(place, task.action?.key)) return true
      const pending = task.kind === 'long-timer' ? task.children.at(-1)! : task
      // One whose firing has come meanwhile is over.
      if (pending.id === undefined || !this.#blocking.delete(pending.id)) return false
      this.#canceled.add(pending.id)
      this.#actions.push({ kind: 'cancel-timer', id: pending.id })
      return false
    })
  }
}

function startTask(): Task {
  const task = makeTask('start', undefined)
  task.state = 'completed'
  return task
}
