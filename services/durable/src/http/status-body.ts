/** An instance as the management API shows it (Azure documentation, "HTTP APIs in Durable Functions"). */
import type { InstanceStatus, RuntimeStatus } from '../contracts.ts'

const terminal: ReadonlySet<RuntimeStatus> = new Set(['Completed', 'Failed', 'Terminated', 'Canceled'])

export function hasEnded(status: RuntimeStatus): boolean {
  return terminal.has(status)
}

/** @param input whether it is shown @param historyEvents JSON text */
export function statusBody(
  status: InstanceStatus,
  input: 'show' | 'hide',
  historyEvents: string | undefined = undefined,
): string {
  const history = historyEvents === undefined ? '' : `,"historyEvents":${historyEvents}`
  return `{"name":${JSON.stringify(status.name)},"instanceId":${JSON.stringify(status.instanceId)},"runtimeStatus":"${status.runtimeStatus}","input":${input === 'show' ? asJson(status.input) : 'null'},"customStatus":${asJson(status.customStatus)},"output":${outputOf(status)},"createdTime":"${toSeconds(status.createdAt)}","lastUpdatedTime":"${toSeconds(status.updatedAt)}"${history}}`
}

/** JSON text; of a failed instance the reason. */
export function outputOf({ output, failure, runtimeStatus }: InstanceStatus): string {
  if (output === null && runtimeStatus === 'Failed' && failure) return JSON.stringify(failure.ErrorMessage)
  return asJson(output)
}

/** Payloads are JSON, but what a worker wrote may be anything. */
export function asJson(text: string | null | undefined): string {
  if (text == null || text === '') return 'null'
  try {
    JSON.parse(text)
    return text
  } catch {
    return JSON.stringify(text)
  }
}

/** `2026-01-02T03:04:05Z` */
export function toSeconds(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19)}Z`
}
