/** Binding data as a worker gets it beside the trigger's value (host `ToRpcInvocationRequest`). */
import type { TypedData } from '@aloft/wire'
import { formatExact } from '../app/index.ts'

/** Text stays text, everything else is JSON; what is not there is left out. */
export function toTriggerMetadata(bindingData: Readonly<Record<string, unknown>>): Record<string, TypedData> {
  const metadata: Record<string, TypedData> = {}
  for (const [name, value] of Object.entries(bindingData)) {
    if (value === null || value === undefined) continue
    metadata[name] = typeof value === 'string' ? { string: value } : { json: formatExact(value) }
  }
  return metadata
}
