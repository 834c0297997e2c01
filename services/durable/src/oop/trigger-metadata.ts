/**
 * What functions find in `context.triggerMetadata`, and in `context.bindingData` of older apps: the host adds the
 * members of a trigger's JSON to it (host `Utility.ApplyBindingData`), arrays and nulls left out, also over the
 * trigger's own.
 */
import type { TypedData } from '@aloft/wire'
import type { OrchestratorTurn } from '../contracts.ts'

type ForWorker = (datum: TypedData) => TypedData

/**
 * Of the members of an orchestrator's payload those that say something about the orchestration.
 * @param forWorker what its worker takes a text as
 */
export function orchestrationMetadata(
  turn: OrchestratorTurn,
  forWorker: ForWorker,
): Record<string, TypedData> {
  const { parentInstanceId } = turn
  const input = turn.input === null ? undefined : inputDatum(turn.input)
  return {
    instanceId: forWorker({ string: turn.instanceId }),
    isReplaying: forWorker(memberDatum(turn.pastEvents.length > 0)!),
    ...(parentInstanceId !== null && { parentInstanceId: forWorker({ string: parentInstanceId }) }),
    ...(input && { input: forWorker(input) }),
  }
}

/** @param data as the trigger gives it */
export function activityMetadata(
  data: TypedData,
  instanceId: string,
  forWorker: ForWorker,
): Record<string, TypedData> {
  const metadata = { data, instanceId: forWorker({ string: instanceId }) }
  if (data.string == null || !isObjectText(data.string)) return metadata
  const members = Object.entries(parseOr(data.string, {}) as object).flatMap(([name, value]) => {
    const datum = memberDatum(value)
    return datum ? [[name, forWorker(datum)] as const] : []
  })
  return { ...metadata, ...Object.fromEntries(members) }
}

/** What binding expressions of an activity may name beside the members of its input: `{instanceId}`, `{data.name}`. */
export function activityBindingData(data: TypedData, instanceId: string): Record<string, unknown> {
  const text = data.string ?? data.json
  return { instanceId, data: text == null ? undefined : parseOr(text, text) }
}

function inputDatum(json: string): TypedData | undefined {
  return isObjectText(json) ? { json } : memberDatum(JSON.parse(json))
}

function isObjectText(text: string): boolean {
  return /^\s*\{/.test(text)
}

/** Texts stay texts, numbers and booleans become what .NET makes of them. */
function memberDatum(value: unknown): TypedData | undefined {
  if (value === null || Array.isArray(value)) return undefined
  if (typeof value === 'object') return { json: JSON.stringify(value) }
  if (typeof value === 'boolean') return { string: value ? 'True' : 'False' }
  return { string: String(value) }
}

/** A text that an orchestrator gave need not be JSON. */
function parseOr(text: string, other: unknown): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return other
  }
}
