/**
 * A batch of entity operations as the entity trigger gets it, and what comes back (azure-functions-durable-extension,
 * `EntityScheduler`).
 */
import type { EntityBatch, EntityBatchResult, FailureDetails } from '../contracts.ts'
import { entityInstanceId } from './entity-messages.ts'

/** JSON text. */
export function entityPayload(batch: EntityBatch): string {
  const { name, key, exists, state, operations } = batch
  return JSON.stringify({
    self: { name, key },
    exists,
    state,
    batch: operations.map(({ name, input, isSignal }) => ({ name, input, isSignal })),
  })
}

/**
 * @param value what the worker returned, parsed
 */
export function readEntityResult(batch: EntityBatch, value: unknown): EntityBatchResult {
  const parsed: unknown = typeof value === 'string' ? JSON.parse(value) : value
  if (typeof parsed !== 'object' || parsed === null)
    return failedBatch(batch, `Entity function '${batch.name}' returned no state.`)
  const fields = parsed as Readonly<Record<string, unknown>>
  const results = Array.isArray(fields.results) ? (fields.results as readonly unknown[]) : []
  if (results.length !== batch.operations.length)
    return failedBatch(
      batch,
      `Entity function '${batch.name}' returned ${results.length} results for ${batch.operations.length} operations.`,
    )
  const exists = fields.entityExists === true
  return {
    exists,
    state: exists && typeof fields.entityState === 'string' ? fields.entityState : null,
    results: results.map(readResult),
    signals: Array.isArray(fields.signals) ? fields.signals.map(readSignal) : [],
    starts: [],
  }
}

/** Every operation fails with `message`, and the state stays. */
export function failedBatch(batch: EntityBatch, message: string, error?: Error): EntityBatchResult {
  const failure: FailureDetails = {
    ErrorType: 'Error',
    ErrorMessage: message,
    StackTrace: error?.stack ?? null,
  }
  return {
    exists: batch.exists,
    state: batch.state,
    results: batch.operations.map(() => ({ isError: true, result: JSON.stringify(message), failure })),
    signals: [],
    starts: [],
  }
}

function readResult(value: unknown): EntityBatchResult['results'][number] {
  const fields = value as { readonly isError?: boolean; readonly result?: string | null } | null
  const result = typeof fields?.result === 'string' ? fields.result : null
  if (fields?.isError !== true) return { isError: false, result }
  return { isError: true, result, failure: { ErrorType: 'Error', ErrorMessage: result ?? '' } }
}

function readSignal(value: unknown): EntityBatchResult['signals'][number] {
  const fields = value as {
    readonly target: { readonly name: string; readonly key: string }
    readonly name: string
    readonly input?: string | null
  }
  const input = typeof fields.input === 'string' && fields.input !== '' ? fields.input : null
  return { instanceId: entityInstanceId(fields.target), name: fields.name, input }
}
