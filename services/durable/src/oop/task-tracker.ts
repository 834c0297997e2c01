/**
 * The open tasks of an execution, as the SDK's executor keeps them: ids are given to tasks when they are tracked,
 * completions find them by id or name or wait for them, and what a completed task means for its compound may track
 * further ones (durable-functions, `TaskOrchestrationExecutor`).
 */
import type { HistoryEvent } from '../contracts.ts'
import type { ActionMaker } from './action-maker.ts'
import { failsTask } from './history-facts.ts'
import { isCompound, makeTask, type Task } from './replay-task.ts'
import { retryDelayMs } from './retry-delay.ts'
import type { RetryOptions, TaskAction } from './worker-action.ts'

export interface TimerLimits {
  /** Timers that fire later than this from now are made of chunks. */
  readonly maximumShortTimerMs: number
  readonly longTimerChunkMs: number
}

export interface TaskTrackerOptions extends TimerLimits {
  readonly make: ActionMaker
  /** A leaf has got its id, and is to be scheduled. */
  schedule(task: Task): void
}

export class TaskTracker {
  readonly #options: TaskTrackerOptions
  readonly #open = new Map<number | string, Task>()
  readonly #waiters = new Map<string, Task[]>()
  /** Completions that nothing waits for yet. */
  readonly #deferred = new Map<number | string, HistoryEvent[]>()
  /** Those among them that were raised, in order of arrival. */
  readonly #unused = new Set<HistoryEvent>()
  #nextId = 0
  /** Of the turn, in milliseconds since 1970; never goes back. */
  #now = 0
  /** The worker's. */
  schemaVersion = 0

  constructor(options: TaskTrackerOptions) {
    this.#options = options
  }

  get nextId(): number {
    return this.#nextId
  }

  /** Raised events that nobody has waited for. */
  get unused(): readonly HistoryEvent[] {
    return [...this.#unused]
  }

  /** Whether a task waits under the id, or its request's. */
  isOpen(key: number | string): boolean {
    return this.#open.has(key)
  }

  takeId(): number {
    return this.#nextId++
  }

  setTime(now: number): void {
    this.#now = Math.max(this.#now, now)
  }

  /** Entity calls and locks are answered under the id of their message. */
  rekey(sent: HistoryEvent): void {
    const task = this.#open.get(sent.EventId)
    if (task?.kind !== 'entity-call' && task?.kind !== 'lock') return
    const { id } = JSON.parse(String(sent.Input)) as { id: string }
    this.#open.delete(sent.EventId)
    this.#open.set(id, task)
  }

  /** Completes the task that `key` stands for, now or when there is one. */
  settle(key: number | string, event: HistoryEvent): void {
    const task = this.#takeOpen(key) ?? this.#takeWaiter(String(key))
    if (task) {
      // Of others nobody asks how they ended.
      if (task.parent?.kind === 'retry' || task.parent?.kind === 'http') task.event = event
      this.#finish(task, failsTask(event, task.kind === 'entity-call') ? 'failed' : 'completed')
      return
    }
    if (typeof key === 'string') this.#unused.add(event)
    const waiting = this.#deferred.get(key)
    if (waiting) waiting.push(event)
    else this.#deferred.set(key, [event])
  }

  /** Gives ids to the task's leaves that have none, and completes one for which a completion waits. */
  track(task: Task): void {
    if (isCompound(task)) {
      // Children that come meanwhile track themselves.
      for (const child of [...task.children]) this.track(child)
      return
    }
    const key = task.kind === 'event' ? this.#wait(task) : this.#identify(task)
    const deferred = this.#deferred.get(key)
    const event = deferred?.shift()
    if (deferred?.length === 0) this.#deferred.delete(key)
    if (!event) return
    this.#unused.delete(event)
    this.settle(key, event)
  }

  makeTimer(fireAt: number, action: TaskAction | undefined): Task {
    const isLong = this.schemaVersion >= 2 && fireAt - this.#now > this.#options.maximumShortTimerMs
    if (!isLong) return makeTask('timer', action, [], fireAt)
    return makeTask('long-timer', action, [this.#timerChunk(fireAt)], fireAt)
  }

  makeRetry(action: TaskAction, options: RetryOptions): Task {
    const task = makeTask('retry', action, [attemptOf(action)])
    const firstAttemptAt = this.#now
    task.retry = { options, attempt: 1, isWaitingOnTimer: false, firstAttemptAt, isSpent: false }
    return task
  }

  #takeOpen(key: number | string): Task | undefined {
    const task = this.#open.get(key)
    if (task) this.#open.delete(key)
    return task
  }

  /** The last one that waits is the first to get it. */
  #takeWaiter(name: string): Task | undefined {
    const waiters = this.#waiters.get(name)
    const task = waiters?.pop()
    if (waiters?.length === 0) this.#waiters.delete(name)
    return task
  }

  #wait(task: Task): string {
    const name = task.action?.kind === 'event' ? task.action.name : ''
    const waiters = this.#waiters.get(name)
    if (waiters) waiters.push(task)
    else this.#waiters.set(name, [task])
    return name
  }

  #identify(task: Task): number {
    if (task.id !== undefined) return task.id
    const id = this.takeId()
    task.id = id
    this.#open.set(id, task)
    if (!isLaterPoll(task)) this.#options.schedule(task)
    return id
  }

  #finish(task: Task, state: 'completed' | 'failed'): void {
    task.state = state
    const { parent } = task
    if (!parent) return
    if (parent.kind === 'any') {
      if (parent.state === 'running') this.#finish(parent, 'completed')
    } else if (parent.kind === 'retry') this.#onAttempt(parent, task)
    else if (parent.kind === 'http') this.#onHttpChild(parent, task)
    else {
      if (parent.kind === 'long-timer' && parent.fireAt > this.#now)
        this.#addChild(parent, this.#timerChunk(parent.fireAt))
      this.#onChildOfAll(parent, task)
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
      else this.#addChild(parent, attemptOf(parent.action!))
    } else if (child.state === 'completed') this.#finish(parent, 'completed')
    else {
      const failure = child.event?.FailureDetails as { readonly IsNonRetriable?: boolean } | undefined
      const delayMs = retryDelayMs(retry.options, {
        number: retry.attempt,
        firstAttemptAt: retry.firstAttemptAt,
        now: this.#now,
        isFinal: failure?.IsNonRetriable === true,
      })
      if (delayMs === undefined) retry.isSpent = true
      this.#addChild(parent, makeTask('retry-timer', parent.action, [], this.#now + (delayMs ?? 0)))
      retry.isWaitingOnTimer = true
      retry.attempt++
    }
  }

  #onHttpChild(parent: Task, child: Task): void {
    if (child.state === 'failed') {
      if (parent.state !== 'failed') this.#finish(parent, 'failed')
      return
    }
    if (child.kind !== 'http-request') {
      // The id of the next request was given out with the timer's, but there was nothing to do until now.
      this.#options.schedule(parent.children.at(-1)!)
      return
    }
    const poll = this.#options.make.pollAfter(child, this.#now)
    if (poll) {
      this.#addChild(parent, this.makeTimer(poll.at, undefined))
      this.#addChild(parent, makeTask('http-request', poll.action))
    } else this.#finish(parent, 'completed')
  }

  #addChild(parent: Task, child: Task): void {
    child.parent = parent
    parent.children.push(child)
    this.track(child)
  }

  #timerChunk(finalFireAt: number): Task {
    const { maximumShortTimerMs, longTimerChunkMs } = this.#options
    const isLast = finalFireAt - this.#now <= maximumShortTimerMs
    return makeTask('timer', undefined, [], isLast ? finalFireAt : this.#now + longTimerChunkMs)
  }
}

function attemptOf(action: TaskAction): Task {
  return makeTask(action.kind === 'sub-orchestration' ? 'sub-orchestration' : 'activity', action)
}

/** The request after a timer. */
function isLaterPoll({ kind, parent }: Task): boolean {
  return kind === 'http-request' && parent?.kind === 'http' && parent.children.length > 1
}
