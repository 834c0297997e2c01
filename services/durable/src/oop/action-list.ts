/** The actions that a worker returned, and how many of them the walk has taken. They only ever grow at their end. */
import { NonDeterministicWorkflow } from './non-determinism.ts'
import type { OrchestratorState } from './orchestrator-state.ts'
import { readAction, type WorkerAction } from './worker-action.ts'

export class ActionList {
  #raw: readonly unknown[] = []
  /** The place of the first of `#raw` among all actions of the execution. */
  #from = 0
  #canceledKeys: readonly unknown[] = []
  #taken = 0
  /** Of those taken. */
  readonly #fingerprints: string[] = []

  /**
   * The list of a new turn. What was taken in earlier turns must be in it still.
   * @throws InvalidWorkerState | NonDeterministicWorkflow
   */
  replace({ actions, actionsFrom, canceledKeys }: OrchestratorState): void {
    this.#raw = actions
    this.#from = actionsFrom
    this.#canceledKeys = canceledKeys
    for (let index = actionsFrom; index < this.#taken; index++) {
      const raw = this.#raw[index - actionsFrom]
      const now = raw === undefined ? 'nothing' : fingerprint(readAction(raw))
      const before = this.#fingerprints[index]!
      if (now === before) continue
      throw new NonDeterministicWorkflow(
        `action ${index} of the orchestrator was ${before} and is ${now} when replayed`,
      )
    }
  }

  /** Lets go what was returned: the next turn brings it again. */
  release(): void {
    this.#raw = []
    this.#from = this.#taken
    this.#canceledKeys = []
  }

  get taken(): number {
    return this.#taken
  }

  /** What comes next, as it was returned; undefined at the end. */
  get next(): unknown {
    return this.#raw[this.#taken - this.#from]
  }

  /** Takes the next action; answers with its place as well. */
  take(): { readonly action: WorkerAction; readonly index: number } {
    const action = readAction(this.next)
    this.#fingerprints.push(fingerprint(action))
    return { action, index: this.#taken++ }
  }

  /**
   * Whether a timer has been cancelled, which its action tells where it stands.
   * @param place the index of the action, then those among compound actions
   */
  isCanceled([index = 0, ...inner]: readonly number[], key: number | undefined): boolean {
    if (index < this.#from) return key !== undefined && this.#canceledKeys.includes(key)
    let action = this.#raw[index - this.#from] as RawAction | undefined
    for (const child of inner) action = action?.compoundActions?.[child]
    return action?.isCanceled === true
  }
}

interface RawAction {
  readonly compoundActions?: readonly RawAction[]
  readonly isCanceled?: boolean
}

/** What of an action cannot change between two replays. */
function fingerprint(action: WorkerAction): string {
  if (action.kind === 'activity' || action.kind === 'sub-orchestration' || action.kind === 'event')
    return `${action.kind} '${action.name}'`
  if (action.kind === 'any' || action.kind === 'all') return `${action.kind} of ${action.children.length}`
  return action.kind
}
