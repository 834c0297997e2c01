/**
 * Functions whose SDK speaks the protocol inside of invocations: the trigger's value is a request in base64, what the
 * function returns the response (azure-functions-durable-extension, `OutOfProcMiddleware`). Activities get and return
 * plain JSON.
 */
import type { InvocationResult, TriggerContext } from '@aloft/kernel'
import type { MethodDefinition } from '@grpc/grpc-js'
import type {
  ActivityResult,
  ActivityWork,
  EntityBatch,
  EntityBatchResult,
  OrchestratorTurn,
  TurnResult,
} from '../contracts.ts'
import { failureOf } from '../engine/events.ts'
import { activityFailure } from '../oop/activity-failure.ts'
import { failedBatch } from '../oop/entity-batch.ts'
import { errorOf } from '../oop/executor.ts'
import { toJsonText } from '../oop/worker-value.ts'
import { loadDefinition } from './definition.ts'
import { entityBatchRequest, type ProtoEntityResult, readEntityResult } from './entity-batches.ts'
import { type OrchestratorResponse, readTurnResult } from './orchestrator-response.ts'
import { orchestratorRequest } from './work.ts'

type Codec<Answer> = MethodDefinition<object, Answer>

const reason = '(null)'

/** Of the SDKs: it sends requests wherever its input says, so that only orchestrators may call it. */
const httpPoll = 'BuiltIn__HttpPollOrchestrator'

/** Every method rejects with `TurnAborted` when the work is to be done again. */
export class Passthrough {
  readonly #orchestrator: Codec<OrchestratorResponse>
  readonly #entity: Codec<ProtoEntityResult>

  private constructor(orchestrator: Codec<OrchestratorResponse>, entity: Codec<ProtoEntityResult>) {
    this.#orchestrator = orchestrator
    this.#entity = entity
  }

  static async load(): Promise<Passthrough> {
    const { Orchestrator, Entity } = await loadDefinition('Passthrough')
    return new Passthrough(
      Orchestrator as unknown as Codec<OrchestratorResponse>,
      Entity as unknown as Codec<ProtoEntityResult>,
    )
  }

  async orchestrator(
    target: TriggerContext,
    turn: OrchestratorTurn,
    signal: AbortSignal,
  ): Promise<TurnResult> {
    if (turn.name === httpPoll && turn.parentInstanceId === null)
      return failedTurn(turn.name, new Error('It cannot be started as a top-level orchestration.'))
    const string = encode(this.#orchestrator, orchestratorRequest(turn, 'sent', 'plain'))
    const { traceParent } = turn
    const result = await target.invoke({
      data: { string },
      reason,
      signal,
      ...(traceParent !== undefined && { traceParent }),
    })
    if (result.error) return failedTurn(turn.name, errorOf(result, turn.name, signal))
    try {
      return withReasons(readTurnResult(turn, decode(this.#orchestrator, result)))
    } catch (error) {
      return failedTurn(turn.name, error as Error)
    }
  }

  async activity(target: TriggerContext, work: ActivityWork, signal: AbortSignal): Promise<ActivityResult> {
    const { input, instanceId, name, traceParent } = work
    const data = input === null ? {} : { string: input }
    const metadata = { data, instanceId: { string: instanceId } }
    const result = await target.invoke({
      data,
      metadata,
      reason,
      signal,
      ...(traceParent !== undefined && { traceParent }),
    })
    if (result.error) return activityFailure(name, errorOf(result, name, signal))
    return { kind: 'completed', result: jsonOf(result) }
  }

  async entity(target: TriggerContext, batch: EntityBatch, signal: AbortSignal): Promise<EntityBatchResult> {
    const string = encode(this.#entity, entityBatchRequest(batch))
    const { traceParent } = batch
    const result = await target.invoke({
      data: { string },
      reason,
      signal,
      ...(traceParent !== undefined && { traceParent }),
    })
    if (result.error) {
      const error = errorOf(result, batch.name, signal)
      return failedBatch(batch, error.message, error)
    }
    try {
      return readEntityResult(batch, decode(this.#entity, result))
    } catch (error) {
      return failedBatch(batch, (error as Error).message)
    }
  }
}

function encode<Answer>(codec: Codec<Answer>, request: object): string {
  return codec.requestSerialize(request).toString('base64')
}

/** @throws Error when the function has returned something else */
function decode<Answer>(codec: Codec<Answer>, { returnValue }: InvocationResult): Answer {
  const text = returnValue?.string ?? parsedText(returnValue?.json)
  if (!text) throw new Error('The function returned no response of the Durable Task protocol.')
  return codec.responseDeserialize(Buffer.from(text, 'base64'))
}

function parsedText(json: string | null | undefined): string | undefined {
  const value: unknown = json ? JSON.parse(json) : undefined
  return typeof value === 'string' ? value : undefined
}

/** SDKs return JSON text; other texts are themselves. */
function jsonOf({ returnValue }: InvocationResult): string | null {
  const text = returnValue?.string
  if (text != null && isJson(text)) return text
  return toJsonText(returnValue)
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** The output of an orchestration that fails is the type and the message (DurableTask.Core, `FailureDetails.ToString`). */
function withReasons(turn: TurnResult): TurnResult {
  const actions = turn.actions.map((action) => {
    if (action.kind !== 'complete' || !action.failure) return action
    const { ErrorType, ErrorMessage } = action.failure
    return { ...action, result: JSON.stringify(`${ErrorType}: ${ErrorMessage}`) }
  })
  return { ...turn, actions }
}

function failedTurn(name: string, { message }: Error): TurnResult {
  const text = `Orchestrator function '${name}' failed: ${message}`
  const failure = failureOf('OrchestrationFailureException', text)
  return {
    actions: [{ kind: 'complete', id: -1, status: 'Failed', result: JSON.stringify(text), failure }],
    customStatus: undefined,
  }
}
