/**
 * Messages from an orchestration to entities, as the text of its `EventSent` events
 * (azure-functions-durable-extension, `TaskEntityShim`).
 */
import type { EntityName, JsonToken } from './worker-action.ts'

export interface Sender {
  readonly instanceId: string
  readonly executionId: string
}

/** Names of the events by which entities get their messages. */
export const entityEvents = { request: 'op', release: 'release' } as const

/** @param id under which the answer comes back */
export function entityRequest(
  sender: Sender,
  operation: string,
  input: JsonToken,
  id: string,
  intent: 'call' | 'signal',
): string {
  return JSON.stringify({
    op: operation,
    signal: intent === 'signal',
    input: input === undefined ? null : JSON.stringify(input),
    id,
    parent: sender.instanceId,
    parentExecution: sender.executionId,
  })
}

/** Goes from entity to entity in the order of `lockSet`; the last one answers under `id`. */
export function lockRequest(sender: Sender, lockSet: readonly EntityName[], id: string): string {
  const { instanceId: parent, executionId: parentExecution } = sender
  return JSON.stringify({ op: null, id, parent, parentExecution, lockset: lockSet, pos: 0 })
}

export function lockRelease({ instanceId }: Sender, id: string): string {
  return JSON.stringify({ parent: instanceId, id })
}

/** The id of the instance that holds an entity. */
export function entityInstanceId({ name, key }: EntityName): string {
  return `@${name.toLowerCase()}@${key}`
}
