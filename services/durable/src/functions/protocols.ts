/** Functions speak one of two protocols, each function its own: JSON, or gRPC's messages (`durableRequiresGrpc`). */
import type { BindingDefinition, FunctionDefinition, TriggerContext } from '@aloft/kernel'
import type {
  ActivityResult,
  ActivityWork,
  EntityBatch,
  EntityBatchResult,
  Executor,
  OrchestratorTurn,
  TurnResult,
} from '../contracts.ts'
import type { Passthrough } from '../grpc/passthrough.ts'
import type { DurableFunctionKind } from '../oop/executor.ts'

/** Workers whose SDKs speak nothing else. */
const grpcLanguages: ReadonlySet<string> = new Set(['dotnet-isolated', 'java', 'custom'])

export function speaksGrpc(binding: BindingDefinition, { language }: FunctionDefinition): boolean {
  return String(binding.durableRequiresGrpc).toLowerCase() === 'true' || grpcLanguages.has(language)
}

export class ProtocolExecutor implements Executor {
  readonly #json: Executor
  readonly #find: (kind: DurableFunctionKind, name: string) => TriggerContext | undefined
  #loading: Promise<Passthrough> | undefined

  /** @param json runs all functions that do not speak gRPC, also those that there are not */
  constructor(json: Executor, find: (kind: DurableFunctionKind, name: string) => TriggerContext | undefined) {
    this.#json = json
    this.#find = find
  }

  async orchestrator(turn: OrchestratorTurn, signal: AbortSignal): Promise<TurnResult> {
    const target = this.#grpcTarget('orchestrator', turn.name)
    if (!target) return this.#json.orchestrator(turn, signal)
    return (await this.#passthrough()).orchestrator(target, turn, signal)
  }

  async activity(work: ActivityWork, signal: AbortSignal): Promise<ActivityResult> {
    const target = this.#grpcTarget('activity', work.name)
    if (!target) return this.#json.activity(work, signal)
    return (await this.#passthrough()).activity(target, work, signal)
  }

  async entity(batch: EntityBatch, signal: AbortSignal): Promise<EntityBatchResult> {
    const target = this.#grpcTarget('entity', batch.name)
    if (!target) return this.#json.entity(batch, signal)
    return (await this.#passthrough()).entity(target, batch, signal)
  }

  #grpcTarget(kind: DurableFunctionKind, name: string): TriggerContext | undefined {
    const target = this.#find(kind, name)
    return target && speaksGrpc(target.binding, target.function) ? target : undefined
  }

  #passthrough(): Promise<Passthrough> {
    this.#loading ??= import('../grpc/passthrough.ts').then((room) => room.Passthrough.load())
    return this.#loading
  }
}
