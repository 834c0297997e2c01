/**
 * An executor for tests: orchestrators are generator functions that are replayed from their history, in the manner of
 * the SDKs of families B and C (ids at creation, the end does not wait for open tasks).
 */
import {
  type ActivityResult,
  type ActivityWork,
  type EntityBatch,
  type EntityBatchResult,
  type Executor,
  eventTypes,
  type HistoryEvent,
  type OrchestratorAction,
  type OrchestratorTurn,
  type TurnResult,
} from '@aloft/durable'

export interface Task {
  readonly id: number
  isDone: boolean
  value: unknown
  error: Error | undefined
}

/** A generator function that yields tasks, or a plain one that needs none. */
export type Orchestrator = (context: Context) => Generator<Task, unknown, unknown> | Plain
type Plain = string | number | null | undefined

export interface Functions {
  readonly orchestrators?: Readonly<Record<string, Orchestrator>>
  readonly activities?: Readonly<Record<string, (input: unknown, work: ActivityWork) => unknown>>
  /** The new state; undefined = deleted. `answer` is what a caller gets. */
  readonly entities?: Readonly<
    Record<
      string,
      (state: unknown, operation: string, input: unknown) => { state?: unknown; answer?: unknown }
    >
  >
}

export interface StubExecutor extends Executor {
  turns: number
}

class ContinueAsNew extends Error {
  readonly input: unknown
  readonly keepsEvents: boolean

  constructor(input: unknown, keepsEvents: boolean) {
    super('continue as new')
    this.input = input
    this.keepsEvents = keepsEvents
  }
}

export class Context {
  readonly turn: OrchestratorTurn
  readonly input: unknown
  isReplaying = true
  now = 0
  customStatus: unknown
  readonly actions: OrchestratorAction[] = []
  readonly #open = new Map<string, Task>()
  readonly #buffered = new Map<string, unknown[]>()
  readonly #watchers: (() => void)[] = []
  /** Events of which no task has made use. */
  readonly unused: HistoryEvent[] = []
  #nextId = 0
  readonly #known = new Set<number>()

  constructor(turn: OrchestratorTurn) {
    this.turn = turn
    this.input = JSON.parse(turn.input ?? 'null')
    for (const event of turn.pastEvents) if (event.EventId >= 0) this.#known.add(event.EventId)
  }

  activity(name: string, input: unknown = null): Task {
    const id = this.#nextId++
    this.#act({ kind: 'schedule-task', id, name, input: JSON.stringify(input) })
    return this.#task(`task ${id}`, id)
  }

  child(name: string, input: unknown = null, instanceId?: string): Task {
    const id = this.#nextId++
    const action = {
      kind: 'create-sub-orchestration',
      id,
      name,
      instanceId,
      input: JSON.stringify(input),
    } as const
    this.#act(action)
    return this.#task(`task ${id}`, id)
  }

  timer(delayMs: number): Task {
    const id = this.#nextId++
    this.#act({ kind: 'create-timer', id, fireAt: this.now + delayMs })
    return this.#task(`timer ${id}`, id)
  }

  cancel(timer: Task): void {
    if (timer.isDone || !this.#open.delete(`timer ${timer.id}`)) return
    if (!this.isReplaying) this.actions.push({ kind: 'cancel-timer', id: timer.id })
  }

  event(name: string): Task {
    const task: Task = { id: -1, isDone: false, value: undefined, error: undefined }
    const buffered = this.#buffered.get(name)
    if (buffered && buffered.length > 0) {
      task.isDone = true
      task.value = buffered.shift()
      this.unused.splice(
        this.unused.findIndex(({ Name }) => Name === name),
        1,
      )
      return task
    }
    const waiting = `event ${name}`
    const before = this.#open.get(waiting)
    // One waiter at a time is all that the tests need.
    if (before) throw new Error(`two wait for ${name}`)
    this.#open.set(waiting, task)
    return task
  }

  send(instanceId: string, name: string, input: unknown, at?: number): void {
    const id = this.#nextId++
    this.#act({ kind: 'send-event', id, instanceId, name, input: JSON.stringify(input), ...(at && { at }) })
  }

  signal(entity: string, op: string, input: unknown = null): void {
    const requestId = `${this.turn.executionId}/${this.#nextId}`
    this.send(entity, 'op', { id: requestId, op, signal: true, input: JSON.stringify(input) })
  }

  call(entity: string, op: string, input: unknown = null): Task {
    const requestId = `${this.turn.executionId}/${this.#nextId}`
    const { instanceId: parent, executionId: parentExecution } = this.turn
    this.send(entity, 'op', {
      id: requestId,
      op,
      signal: false,
      input: JSON.stringify(input),
      parent,
      parentExecution,
    })
    return this.event(requestId)
  }

  lock(...entities: string[]): { task: Task; release: () => void } {
    const lockset = entities.toSorted()
    const id = `lock ${this.turn.executionId}/${this.#nextId}`
    const { instanceId: parent, executionId: parentExecution } = this.turn
    this.send(lockset[0] ?? '', 'op', { id, lockset, pos: 0, parent, parentExecution })
    const release = () => {
      for (const entity of lockset) this.send(entity, 'release', { parent, id })
    }
    return { task: this.event(id), release }
  }

  all(tasks: readonly Task[]): Task {
    return this.#compound(
      () => tasks.every(({ isDone }) => isDone) || tasks.some(({ error }) => error !== undefined),
      () => ({
        value: tasks.map(({ value }) => value),
        error: tasks.find(({ error }) => error)?.error,
      }),
    )
  }

  /** Its value is the index of the winner. */
  any(tasks: readonly Task[]): Task {
    return this.#compound(
      () => tasks.some(({ isDone }) => isDone),
      () => ({ value: tasks.findIndex(({ isDone }) => isDone), error: undefined }),
    )
  }

  continueAsNew(input: unknown, events: 'keep' | 'drop' = 'keep'): never {
    throw new ContinueAsNew(input, events === 'keep')
  }

  apply(event: HistoryEvent): void {
    switch (event.EventType) {
      case eventTypes.orchestratorStarted:
        this.now = Date.parse(event.Timestamp)
        break
      case eventTypes.taskCompleted:
      case eventTypes.subOrchestrationCompleted:
        this.#settle(`task ${event.TaskScheduledId}`, JSON.parse((event.Result as string | null) ?? 'null'))
        break
      case eventTypes.taskFailed:
      case eventTypes.subOrchestrationFailed:
        this.#settle(`task ${event.TaskScheduledId}`, undefined, new Error(String(event.Reason)))
        break
      case eventTypes.timerFired:
        this.#settle(`timer ${event.TimerId}`, null)
        break
      case eventTypes.eventRaised:
        this.#raise(event)
        break
    }
    for (const watch of this.#watchers) watch()
  }

  #raise(event: HistoryEvent): void {
    const name = event.Name as string
    const value = JSON.parse((event.Input as string | null) ?? 'null')
    if (this.#settle(`event ${name}`, value)) return
    this.unused.push(event)
    this.#buffered.set(name, [...(this.#buffered.get(name) ?? []), value])
  }

  #settle(key: string, value: unknown, error?: Error): boolean {
    const task = this.#open.get(key)
    if (!task) return false
    this.#open.delete(key)
    task.isDone = true
    task.value = value
    task.error = error
    return true
  }

  #act(action: OrchestratorAction): void {
    if (!this.#known.has(action.id)) this.actions.push(action)
  }

  #task(key: string, id: number): Task {
    const task: Task = { id, isDone: false, value: undefined, error: undefined }
    this.#open.set(key, task)
    return task
  }

  #compound(isDone: () => boolean, outcome: () => { value: unknown; error: Error | undefined }): Task {
    const task: Task = { id: -1, isDone: false, value: undefined, error: undefined }
    const watch = () => {
      if (task.isDone || !isDone()) return
      task.isDone = true
      Object.assign(task, outcome())
    }
    watch()
    this.#watchers.push(watch)
    return task
  }
}

export function stubExecutor(functions: Functions): StubExecutor {
  const stub: StubExecutor = {
    turns: 0,
    async orchestrator(turn) {
      stub.turns++
      const orchestrator = functions.orchestrators?.[turn.name]
      if (!orchestrator) throw new Error(`no orchestrator ${turn.name}`)
      return replay(orchestrator, turn)
    },
    activity: (work) => runActivity(functions, work),
    entity: (batch) => runEntity(functions, batch),
  }
  return stub
}

function* run(orchestrator: Orchestrator, context: Context): Generator<Task, unknown, unknown> {
  const result = orchestrator(context)
  if (typeof result !== 'object' || result === null || !(Symbol.iterator in result) || Array.isArray(result))
    return result
  return yield* result as Generator<Task, unknown, unknown>
}

export function replay(orchestrator: Orchestrator, turn: OrchestratorTurn): TurnResult {
  const context = new Context(turn)
  const generator = run(orchestrator, context)
  let awaited: Task | undefined
  let ending: OrchestratorAction | undefined
  const advance = () => {
    while (!ending && (!awaited || awaited.isDone)) {
      try {
        const step = awaited?.error ? generator.throw(awaited.error) : generator.next(awaited?.value)
        if (step.done)
          ending = {
            kind: 'complete',
            id: 9999,
            status: 'Completed',
            result: JSON.stringify(step.value ?? null),
          }
        else awaited = step.value
      } catch (error) {
        ending = end(error as Error)
      }
    }
  }
  const end = (error: Error): OrchestratorAction => {
    if (!(error instanceof ContinueAsNew))
      return {
        kind: 'complete',
        id: 9999,
        status: 'Failed',
        result: JSON.stringify(error.message),
        failure: { ErrorType: 'Error', ErrorMessage: error.message },
      }
    const result = JSON.stringify(error.input)
    return {
      kind: 'complete',
      id: 9999,
      status: 'ContinuedAsNew',
      result,
      carryover: error.keepsEvents ? context.unused : [],
    }
  }
  const feed = (event: HistoryEvent) => {
    context.apply(event)
    if (event.EventType !== eventTypes.orchestratorStarted) advance()
  }
  for (const event of turn.pastEvents) feed(event)
  context.isReplaying = false
  for (const event of turn.newEvents) feed(event)
  const customStatus = context.customStatus === undefined ? undefined : JSON.stringify(context.customStatus)
  return { actions: ending ? [...context.actions, ending] : context.actions, customStatus }
}

async function runActivity({ activities }: Functions, work: ActivityWork): Promise<ActivityResult> {
  try {
    const value = await activities?.[work.name]?.(JSON.parse(work.input ?? 'null'), work)
    return { kind: 'completed', result: JSON.stringify(value ?? null) }
  } catch (error) {
    if (!(error instanceof Error) || error.name === 'Redo') throw error
    const { message } = error
    return {
      kind: 'failed',
      reason: message,
      details: message,
      failure: { ErrorType: 'Error', ErrorMessage: message },
    }
  }
}

async function runEntity({ entities }: Functions, batch: EntityBatch): Promise<EntityBatchResult> {
  const entity = entities?.[batch.name]
  if (!entity) throw new Error(`no entity ${batch.name}`)
  let state: unknown = batch.state === null ? undefined : JSON.parse(batch.state)
  const results = batch.operations.map(({ name, input }) => {
    const result = entity(state, name, JSON.parse(input ?? 'null'))
    state = result.state
    return { isError: false, result: JSON.stringify(result.answer ?? null) }
  })
  const exists = state !== undefined
  return { exists, state: exists ? JSON.stringify(state) : null, results, signals: [], starts: [] }
}
