/**
 * The two lines that the log has of every invocation, in the words of the official host. They are made of names and
 * ids, so the logger need not look through them for secrets: at two lines an invocation that would show.
 */
import { redact } from '@aloft/kernel'

let lastReason = ''
let lastReasonText = ''

/** @param reason why the function runs, in its trigger's words; most are the same as the one before */
export function executingLine(name: string, reason: string, id: string): string {
  if (reason !== lastReason) {
    lastReason = reason
    lastReasonText = redact(reason)
  }
  return `Executing 'Functions.${name}' (Reason='${lastReasonText}', Id=${id})`
}

export function executedLine(
  name: string,
  outcome: 'Succeeded' | 'Failed',
  id: string,
  durationMs: number,
): string {
  return `Executed 'Functions.${name}' (${outcome}, Id=${id}, Duration=${Math.round(durationMs)}ms)`
}
