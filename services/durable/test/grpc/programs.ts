/** Orchestrators, activities and entities of the tests, written as users of the SDK write them. */
import {
  type ActivityContext,
  EntityInstanceId,
  type OrchestrationContext,
  RetryPolicy,
  TaskEntity,
  type TaskHubGrpcWorker,
  type TOrchestrator,
  whenAll,
  whenAny,
} from '@microsoft/durabletask-js'

type Steps = AsyncGenerator<unknown, unknown, never>

const hello = (_: ActivityContext, name: string) => `Hello ${name}!`

/** Ids of instances whose `flaky` activity has failed before. */
const failedBefore = new Map<string, number>()

function flaky({ orchestrationId }: ActivityContext, failures: number): string {
  const attempt = (failedBefore.get(orchestrationId) ?? 0) + 1
  failedBefore.set(orchestrationId, attempt)
  if (attempt <= failures) throw new RangeError(`attempt ${attempt} failed`)
  return `attempt ${attempt}`
}

async function* chain(context: OrchestrationContext): Steps {
  const greetings: unknown[] = []
  for (const name of ['Tokyo', 'Seattle', 'London']) {
    context.setCustomStatus({ doing: name })
    greetings.push(yield context.callActivity(hello, name))
  }
  return greetings
}

async function* fanOut(context: OrchestrationContext, count: number): Steps {
  const tasks = Array.from({ length: count }, (_, index) =>
    context.callActivity<number, number>('double', index),
  )
  const doubled: number[] = yield whenAll(tasks)
  return doubled.reduce((sum, each) => sum + each, 0)
}

async function* approval(context: OrchestrationContext): Steps {
  const event = context.waitForExternalEvent('approve')
  const timeout = context.createTimer(3600)
  const winner: unknown = yield whenAny([event, timeout])
  return winner === event ? { approved: event.getResult() } : 'too late'
}

async function* parent(context: OrchestrationContext, names: string[]): Steps {
  const children = names.map((name) => context.callSubOrchestrator('child', name))
  return yield whenAll(children)
}

async function* child(context: OrchestrationContext, name: string): Steps {
  if (name === '') throw new TypeError('A child without a name')
  const greeting: unknown = yield context.callActivity(hello, name)
  return { greeting, parent: context.parent?.name }
}

async function* waitingParent(context: OrchestrationContext): Steps {
  return yield context.callSubOrchestrator('approval', null, { instanceId: `${context.instanceId}-child` })
}

async function* retrying(context: OrchestrationContext, failures: number): Steps {
  const retry = new RetryPolicy({ maxNumberOfAttempts: 3, firstRetryIntervalInMilliseconds: 60_000 })
  return yield context.callActivity(flaky, failures, { retry })
}

async function* failOnce(context: OrchestrationContext): Steps {
  return yield context.callActivity(flaky, 1)
}

async function* countdown(context: OrchestrationContext, left: number): Steps {
  const heard: unknown = yield context.waitForExternalEvent('tick')
  if (left > 1) context.continueAsNew(left - 1, true)
  return heard
}

async function* sleeps(context: OrchestrationContext, seconds: number): Steps {
  yield context.createTimer(seconds)
  return 'awake'
}

async function* usesEntities(context: OrchestrationContext, key: string): Steps {
  const counter = new EntityInstanceId('counter', key)
  context.entities.signalEntity(counter, 'add', 3)
  yield context.entities.callEntity(counter, 'add', 4)
  const value: unknown = yield context.entities.callEntity(counter, 'get')
  let failure = ''
  try {
    yield context.entities.callEntity(counter, 'explode')
  } catch (error) {
    failure = (error as Error).message
  }
  return { value, failure }
}

async function* usesLocks(context: OrchestrationContext, keys: string[]): Steps {
  const [from, to] = keys.map((key) => new EntityInstanceId('counter', key)) as [
    EntityInstanceId,
    EntityInstanceId,
  ]
  const lock: { release(): void } = yield context.entities.lockEntities(from, to)
  yield context.entities.callEntity(from, 'add', -5)
  yield context.entities.callEntity(to, 'add', 5)
  lock.release()
  return yield context.entities.callEntity(to, 'get')
}

class Counter extends TaskEntity<number> {
  protected override initializeState(): number {
    return 0
  }
  add(amount: number): number {
    this.state += amount
    return this.state
  }
  get(): number {
    return this.state
  }
  explode(): void {
    throw new Error('boom')
  }
  begin(id: string): void {
    this.context?.scheduleNewOrchestration('chain', undefined, { instanceId: id })
    this.context?.signalEntity(new EntityInstanceId('counter', `${id}-began`), 'add', 1)
  }
}

export const orchestrators: Readonly<Record<string, TOrchestrator>> = {
  chain,
  fanOut,
  approval,
  parent,
  child,
  waitingParent,
  retrying,
  failOnce,
  countdown,
  sleeps,
  usesEntities,
  usesLocks,
}

export function registerAll(worker: TaskHubGrpcWorker): TaskHubGrpcWorker {
  for (const [name, orchestrator] of Object.entries(orchestrators))
    worker.addNamedOrchestrator(name, orchestrator)
  worker.addNamedActivity('hello', hello)
  worker.addNamedActivity('flaky', flaky)
  worker.addNamedActivity('double', (_: ActivityContext, value: number) => value * 2)
  worker.addNamedEntity('counter', () => new Counter())
  return worker
}
