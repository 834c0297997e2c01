/** Random orchestrators: straight-line programs over tasks, that an SDK runs as a generator. */
import fc from 'fast-check'

/** What a task is made of. */
export type TaskMaker =
  | { readonly make: 'activity'; readonly name: string }
  | { readonly make: 'retry'; readonly name: string; readonly attempts: number }
  | { readonly make: 'sub' | 'sub-retry'; readonly name: string }
  | { readonly make: 'timer'; readonly delayMs: number }
  | { readonly make: 'event'; readonly name: string }
  | { readonly make: 'entity'; readonly operation: string }
  | { readonly make: 'http'; readonly polls: number }

export type Statement =
  | { readonly do: 'make'; readonly task: TaskMaker }
  | { readonly do: 'yield'; readonly task: number }
  | { readonly do: 'combine'; readonly as: 'all' | 'any'; readonly tasks: readonly number[] }
  | { readonly do: 'cancel'; readonly task: number }
  | { readonly do: 'signal' }
  | { readonly do: 'section'; readonly operation: string }

const days = 24 * 3_600_000

const taskMaker: fc.Arbitrary<TaskMaker> = fc.oneof(
  fc.record({ make: fc.constant('activity' as const), name: fc.constantFrom('ok', 'ok2', 'bad') }),
  fc.record({
    make: fc.constant('retry' as const),
    name: fc.constantFrom('ok', 'bad', 'flaky'),
    attempts: fc.integer({ min: 1, max: 3 }),
  }),
  fc.record({
    make: fc.constantFrom('sub' as const, 'sub-retry' as const),
    name: fc.constantFrom('ok', 'bad'),
  }),
  fc.record({
    make: fc.constant('timer' as const),
    delayMs: fc.oneof(fc.integer({ min: 1, max: 5000 }), fc.constantFrom(7 * days, 13 * days)),
  }),
  fc.record({ make: fc.constant('event' as const), name: fc.constantFrom('e', 'f') }),
  fc.record({ make: fc.constant('entity' as const), operation: fc.constantFrom('get', 'fail') }),
  fc.record({ make: fc.constant('http' as const), polls: fc.integer({ min: 0, max: 2 }) }),
)

const index = fc.nat({ max: 30 })

const statement: fc.Arbitrary<Statement> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('make' as const), task: taskMaker }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('yield' as const), task: index }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('combine' as const),
      as: fc.constantFrom('all' as const, 'any' as const),
      tasks: fc.array(index, { minLength: 1, maxLength: 4 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cancel' as const), task: index }) },
  { weight: 1, arbitrary: fc.constant({ do: 'signal' as const }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('section' as const), operation: fc.constant('get') }) },
)

export const program = fc.array(statement, { minLength: 2, maxLength: 14 })

/** The part of the SDKs' tasks that programs use. */
interface SdkTask {
  readonly isCompleted: boolean
  readonly isFaulted: boolean
  readonly alreadyScheduled?: boolean
  cancel?(): void
}

/** The part of `context.df` that programs use; both generations of the SDK have it. */
export interface SdkContext {
  readonly currentUtcDateTime: Date
  readonly Task: { all(tasks: readonly unknown[]): SdkTask; any(tasks: readonly unknown[]): SdkTask }
  callActivity(name: string, input?: unknown): SdkTask
  callActivityWithRetry(name: string, options: unknown, input?: unknown): SdkTask
  callSubOrchestrator(name: string, input?: unknown): SdkTask
  callSubOrchestratorWithRetry(name: string, options: unknown, input?: unknown): SdkTask
  createTimer(at: Date): SdkTask
  waitForExternalEvent(name: string): SdkTask
  callEntity(entity: unknown, operation: string, input?: unknown): SdkTask
  signalEntity(entity: unknown, operation: string, input?: unknown): void
  callHttp(...request: readonly unknown[]): SdkTask
  lock?(...entities: readonly unknown[]): SdkTask
}

/** What differs between the SDK's generations, and what a run allows. */
export interface Dialect {
  readonly retryOptions: (firstMs: number, attempts: number) => unknown
  readonly entityId: (name: string, key: string) => unknown
  readonly callHttp: (df: SdkContext, polls: number) => SdkTask
  readonly hasLocks: boolean
  /** Whether a task may be put into a second compound; without keys the host cannot tell it from a new one. */
  readonly sharing: 'any-task' | 'timers-only' | 'never'
}

/** The orchestrator that `statements` describe. */
export function orchestratorOf(statements: readonly Statement[], dialect: Dialect) {
  return function* orchestrator({ df }: { df: SdkContext }): Generator<unknown, unknown, unknown> {
    const tasks: SdkTask[] = []
    const makers: TaskMaker['make'][] = []
    const combined = new Set<number>()
    const trace: unknown[] = []
    for (const each of statements) {
      try {
        if (each.do === 'make') {
          tasks.push(makeTask(df, each.task, tasks.length, dialect))
          makers.push(each.task.make)
        } else if (each.do === 'signal') df.signalEntity(dialect.entityId('Counter', 'k'), 'add', 1)
        else if (each.do === 'section') {
          if (dialect.hasLocks) yield* section(df, each.operation, dialect)
        } else if (tasks.length > 0) {
          const at = (index: number) => index % tasks.length
          if (each.do === 'yield') trace.push(yield tasks[at(each.task)])
          else if (each.do === 'cancel') {
            const task = tasks[at(each.task)]!
            if (task.cancel && task.alreadyScheduled) task.cancel()
          } else {
            const chosen = [...new Set(each.tasks.map(at))].filter((index) => {
              if (dialect.sharing === 'any-task') return true
              const mayShare = dialect.sharing === 'timers-only' && makers[index] === 'timer'
              return mayShare || (!combined.has(index) && !tasks[index]!.alreadyScheduled)
            })
            const isOpen = chosen.some((index) => !(tasks[index]!.isCompleted || tasks[index]!.isFaulted))
            if (!isOpen) continue
            for (const index of chosen) combined.add(index)
            const made = df.Task[each.as](chosen.map((index) => tasks[index]))
            yield made
            trace.push(each.as)
          }
        }
      } catch (error) {
        trace.push(`caught ${(error as Error).message.length > 0}`)
      }
    }
    return trace.length
  }
}

/** @param number makes timers differ, which nothing but their time tells apart */
function makeTask(df: SdkContext, maker: TaskMaker, number: number, dialect: Dialect): SdkTask {
  switch (maker.make) {
    case 'activity':
      return df.callActivity(maker.name, 'x')
    case 'retry':
      return df.callActivityWithRetry(maker.name, dialect.retryOptions(100, maker.attempts), { a: 1 })
    case 'sub':
      return df.callSubOrchestrator(maker.name, 1)
    case 'sub-retry':
      return df.callSubOrchestratorWithRetry(maker.name, dialect.retryOptions(100, 2), 1)
    case 'timer':
      return df.createTimer(new Date(wholeSecond(df.currentUtcDateTime.getTime() + maker.delayMs) + number))
    case 'event':
      return df.waitForExternalEvent(maker.name)
    case 'entity':
      return df.callEntity(dialect.entityId('Counter', 'k'), maker.operation, 5)
    case 'http':
      return dialect.callHttp(df, maker.polls)
  }
}

function* section(df: SdkContext, operation: string, dialect: Dialect): Generator<unknown, void, unknown> {
  const held = (yield df.lock!(dialect.entityId('Counter', 'k'), dialect.entityId('Other', 'z'))) as {
    release(): void
  }
  try {
    yield df.callEntity(dialect.entityId('Counter', 'k'), operation)
  } finally {
    held.release()
  }
}

function wholeSecond(ms: number): number {
  return Math.ceil(ms / 1000) * 1000
}
