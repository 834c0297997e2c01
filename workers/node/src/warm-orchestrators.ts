/**
 * Keeps an orchestrator's generator and the SDK's executor alive between the turns of one execution, so that a turn
 * looks at its new events only instead of running all code again from the first one. The host asks for it turn by
 * turn, and sends the whole history whenever there is any doubt; user code sees one difference: what it does while it
 * is replayed does not happen.
 */

/** The name by which the SDK's file gets `keepWarm`. */
export const warmModule = 'aloft:warm-orchestrators'

interface HistoryEvent {
  EventType: number
  Timestamp: string | Date
}

/** What the host sends; an execution that may be kept has its id with it. */
interface OrchestrationTrigger {
  readonly history: HistoryEvent[]
  readonly instanceId: string
  readonly executionId?: string
  /** Only events behind these are in `history`. */
  readonly warmFrom?: number
}

interface DurableContext {
  df?: unknown
}

interface SdkAction {
  readonly taskKey?: number
  readonly isCanceled?: boolean
  readonly compoundActions?: readonly SdkAction[]
}

interface SdkState {
  isDone: boolean
  actions: SdkAction[][]
}

interface SdkExecutor {
  readonly schemaVersion: number
  readonly generator: Generator
  readonly context: unknown
  execute(
    context: DurableContext,
    history: HistoryEvent[],
    schemaVersion: number,
    fn: () => Generator,
  ): Promise<SdkState>
}

interface SdkOrchestrator {
  taskOrchestrationExecutor: SdkExecutor
  handle(trigger: OrchestrationTrigger, context: DurableContext): Promise<SdkState>
}

/** What the host is told besides the state. */
interface WarmState extends SdkState {
  /** How many events the kept executor has seen. */
  warm?: number
  /** Actions before this one are left out: the host has them. */
  actionsFrom?: number
  /** Of those left out, timers that are cancelled by now. */
  canceledKeys?: number[]
}

interface Kept {
  readonly orchestrator: SdkOrchestrator
  readonly executor: SdkExecutor
  readonly context: ForwardingContext
  readonly seen: number
  /** How many actions the host has. */
  readonly actionCount: number
}

/** What is not known any more: the host sends the whole history then. */
const coldState = { isDone: false, actions: [[]], schemaVersion: 3, isCold: true }

/** Executions that are kept in a worker; the one that was used longest ago goes first. */
const mostKept = 1000
const kept = new Map<string, Kept>()

/** @param orchestrator the SDK's class */
export function keepWarm(orchestrator: { readonly prototype: SdkOrchestrator }): void {
  const { prototype } = orchestrator
  const handleCold = prototype.handle
  prototype.handle = function (trigger, context) {
    const { executionId, instanceId, warmFrom } = trigger
    if (executionId === undefined) return handleCold.call(this, trigger, context)
    const key = `${instanceId}\n${executionId}`
    const known = kept.get(key)
    kept.delete(key)
    if (warmFrom === undefined) return runCold(handleCold, this, key, trigger, context)
    if (known?.seen !== warmFrom || known.orchestrator !== this)
      return Promise.resolve(coldState as unknown as SdkState)
    return runWarm(known, key, trigger, context)
  }
}

async function runCold(
  handleCold: SdkOrchestrator['handle'],
  orchestrator: SdkOrchestrator,
  key: string,
  trigger: OrchestrationTrigger,
  invocation: DurableContext,
): Promise<SdkState> {
  const context = new ForwardingContext(invocation)
  const running = handleCold.call(orchestrator, trigger, context.proxy)
  // The SDK makes it before it waits for anything; a second turn would put its own there.
  const executor = orchestrator.taskOrchestrationExecutor
  const state: WarmState = await running
  if (state.isDone) return state
  const seen = trigger.history.length
  keep(key, { orchestrator, executor, context, seen, actionCount: countOf(state) })
  state.warm = seen
  return state
}

async function runWarm(
  known: Kept,
  key: string,
  { history }: OrchestrationTrigger,
  invocation: DurableContext,
): Promise<SdkState> {
  const { executor, context, actionCount } = known
  context.forwardTo(invocation)
  for (const event of history) event.Timestamp = new Date(event.Timestamp)
  const { generator, schemaVersion } = executor
  const state: WarmState = await executor.execute(
    { df: executor.context },
    history,
    schemaVersion,
    () => generator,
  )
  const all = state.actions[0]!
  const seen = known.seen + history.length
  if (!state.isDone) {
    keep(key, { ...known, seen, actionCount: all.length })
    state.warm = seen
  }
  const sent = all.slice(0, actionCount)
  state.actions = [all.slice(actionCount)]
  state.actionsFrom = actionCount
  state.canceledKeys = sent.flatMap(canceledKeys)
  return state
}

function keep(key: string, entry: Kept): void {
  if (kept.size >= mostKept) kept.delete(kept.keys().next().value!)
  kept.set(key, entry)
}

function countOf({ actions }: SdkState): number {
  return actions[0]?.length ?? 0
}

function canceledKeys(action: SdkAction): number[] {
  if (action.compoundActions) return action.compoundActions.flatMap(canceledKeys)
  return action.isCanceled && action.taskKey !== undefined ? [action.taskKey] : []
}

/**
 * The context that the generator has from its first turn. It stands for that of the invocation that runs now, so that
 * what is logged belongs to it; what the orchestrator's own code adds to it stays.
 */
class ForwardingContext {
  readonly proxy: DurableContext
  #current: DurableContext
  readonly #own = new Map<string | symbol, unknown>()

  constructor(first: DurableContext) {
    this.#current = first
    this.proxy = new Proxy(first, {
      get: (_first, name) => {
        if (this.#own.has(name)) return this.#own.get(name)
        const value: unknown = Reflect.get(this.#current, name, this.#current)
        return typeof value === 'function' ? value.bind(this.#current) : value
      },
      set: (_first, name, value) => {
        this.#own.set(name, value)
        return true
      },
      has: (_first, name) => this.#own.has(name) || Reflect.has(this.#current, name),
    })
  }

  forwardTo(invocation: DurableContext): void {
    this.#current = invocation
  }
}
