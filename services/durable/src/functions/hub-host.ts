/**
 * A task hub and the functions that work for it. Functions come and go with the generations of their app; the hub
 * stays open across a reload, and has its work wait until the functions are back.
 */
import type { Clock, Logger, Timer, TriggerContext } from '@aloft/kernel'
import {
  type ActivityResult,
  type ActivityWork,
  type EntityBatch,
  type EntityBatchResult,
  type Executor,
  type OrchestratorTurn,
  TurnAborted,
  type TurnResult,
} from '../contracts.ts'
import type { TaskHub } from '../engine/task-hub.ts'
import type { DurableFunctionKind } from '../oop/executor.ts'

export interface HubHostOptions {
  readonly clock: Clock
  readonly log: Logger
  open(executor: Executor): Promise<TaskHub>
  makeExecutor(host: HubHost): Executor
  /** The hub has been closed because nothing works for it any more. */
  onClosed(): void
}

/** A hub without functions is closed after this time; a reload takes less. */
const closeAfterMs = 30_000

export class HubHost implements Executor {
  readonly #options: HubHostOptions
  readonly #executor: Executor
  readonly #functions = new Map<string, TriggerContext>()
  #hub: Promise<TaskHub> | undefined
  #closing: Timer | undefined
  /** Pending while there are no functions. */
  #ready = Promise.withResolvers<void>()
  #isReady = false

  constructor(options: HubHostOptions) {
    this.#options = options
    this.#executor = options.makeExecutor(this)
  }

  /** The hub, opened when it is not. */
  open(): Promise<TaskHub> {
    this.#hub ??= this.#options.open(this).catch((error: unknown) => {
      this.#hub = undefined
      throw error
    })
    return this.#hub
  }

  /** From now on the hub's work of that name goes to the function; returns what ends that. */
  register(kind: DurableFunctionKind, name: string, context: TriggerContext): () => void {
    const key = keyOf(kind, name)
    this.#functions.set(key, context)
    this.#closing?.cancel()
    this.#closing = undefined
    if (!this.#isReady) {
      this.#isReady = true
      this.#ready.resolve()
    }
    return () => {
      // The next generation's function may be there already.
      if (this.#functions.get(key) === context) this.#functions.delete(key)
      if (this.#functions.size === 0) this.#pause()
    }
  }

  find(kind: DurableFunctionKind, name: string): TriggerContext | undefined {
    return this.#functions.get(keyOf(kind, name))
  }

  /** As the app writes them; undefined while nothing is known of them. */
  get orchestrators(): readonly string[] | undefined {
    if (!this.#isReady) return undefined
    const prefix = keyOf('orchestrator', '')
    return [...this.#functions]
      .filter(([key]) => key.startsWith(prefix))
      .map(([, context]) => nameOf(context))
      .sort()
  }

  async orchestrator(turn: OrchestratorTurn, signal: AbortSignal): Promise<TurnResult> {
    if (!this.#isReady) await this.#whenReady(signal)
    return this.#executor.orchestrator(turn, signal)
  }

  async activity(work: ActivityWork, signal: AbortSignal): Promise<ActivityResult> {
    if (!this.#isReady) await this.#whenReady(signal)
    return this.#executor.activity(work, signal)
  }

  async entity(batch: EntityBatch, signal: AbortSignal): Promise<EntityBatchResult> {
    if (!this.#isReady) await this.#whenReady(signal)
    return this.#executor.entity(batch, signal)
  }

  async #whenReady(signal: AbortSignal): Promise<void> {
    const aborted = Promise.withResolvers<never>()
    const abort = () => aborted.reject(new TurnAborted('The host is stopping.'))
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    try {
      await Promise.race([this.#ready.promise, aborted.promise])
    } finally {
      signal.removeEventListener('abort', abort)
    }
  }

  #pause(): void {
    this.#isReady = false
    this.#ready = Promise.withResolvers()
    this.#closing = this.#options.clock.after(closeAfterMs, () => void this.#close()).unref()
  }

  async #close(): Promise<void> {
    const hub = await this.#hub?.catch(() => undefined)
    if (this.#isReady) return
    this.#options.onClosed()
    await hub?.close()
  }
}

/** The name that the binding gives the function, or the function's own. */
export function nameOf({ binding, function: definition }: TriggerContext): string {
  const given = binding.orchestration ?? binding.activity ?? binding.entityName ?? binding.entity
  return typeof given === 'string' && given !== '' ? given : definition.name
}

function keyOf(kind: DurableFunctionKind, name: string): string {
  return `${kind} ${name.toLowerCase()}`
}
