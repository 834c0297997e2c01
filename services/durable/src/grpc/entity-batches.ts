/** A batch of an entity's operations as workers get it, and what they answer. */
import type { EntityBatch, EntityBatchResult } from '../contracts.ts'
import { failureOf } from '../engine/events.ts'
import { entityId } from './entity-protocol.ts'
import { failureFrom, type ProtoFailure, type Text, type Timestamp, textOf, timeOf } from './values.ts'

export interface ProtoEntityResult {
  readonly results: readonly {
    readonly success?: { readonly result: Text | null }
    readonly failure?: { readonly failureDetails: ProtoFailure | null }
  }[]
  readonly actions: readonly {
    readonly sendSignal?: {
      readonly instanceId: string
      readonly name: string
      readonly input: Text | null
      readonly scheduledTime: Timestamp | null
    }
    readonly startNewOrchestration?: {
      readonly instanceId: string
      readonly name: string
      readonly version: Text | null
      readonly input: Text | null
      readonly scheduledTime: Timestamp | null
    }
  }[]
  readonly entityState: Text | null
  readonly failureDetails: ProtoFailure | null
  readonly completionToken: string
}

/** An `EntityBatchRequest`. */
export function entityBatchRequest({ instanceId, exists, state, operations }: EntityBatch): object {
  return {
    instanceId,
    entityState: exists ? textOf(state) : null,
    operations: operations.map(({ name, requestId, input }) => ({
      operation: name,
      requestId,
      input: textOf(input),
    })),
  }
}

export function readEntityResult(batch: EntityBatch, given: ProtoEntityResult): EntityBatchResult {
  if (given.failureDetails) {
    const failure = failureFrom(given.failureDetails)
    const result = JSON.stringify(failure.ErrorMessage)
    const results = batch.operations.map(() => ({ isError: true, result, failure }))
    return { exists: batch.exists, state: batch.state, results, signals: [], starts: [] }
  }
  return {
    exists: given.entityState !== null,
    state: given.entityState?.value ?? null,
    results: given.results.map(({ success, failure }) => {
      if (success) return { isError: false, result: success.result?.value ?? null }
      const details = failure?.failureDetails
      const known = details ? failureFrom(details) : failureOf('Error', 'The operation failed.')
      return { isError: true, result: JSON.stringify(known.ErrorMessage), failure: known }
    }),
    signals: given.actions.flatMap(({ sendSignal }) => {
      if (!sendSignal) return []
      const { instanceId, name, input, scheduledTime } = sendSignal
      const at = timeOf(scheduledTime)
      const signal = { instanceId: entityId(instanceId), name, input: input?.value ?? null }
      return [at === undefined ? signal : { ...signal, at }]
    }),
    starts: given.actions.flatMap(({ startNewOrchestration }) => {
      if (!startNewOrchestration) return []
      const { instanceId, name, version, input, scheduledTime } = startNewOrchestration
      const texts = { input: input?.value ?? null, version: version?.value }
      return [{ name, instanceId: instanceId || undefined, ...texts, at: timeOf(scheduledTime) }]
    }),
  }
}
