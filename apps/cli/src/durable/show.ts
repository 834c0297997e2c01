/** `aloft durable show ID`: a readable timeline of one instance. */
import type { DurableCall } from './durable-call.ts'
import { readStatus } from './status.ts'
import { renderTimeline } from './timeline.ts'

export async function show(call: DurableCall): Promise<void> {
  const { terminal, clock } = call.context
  const status = await readStatus(call, { showHistory: 'true', showHistoryOutput: 'true' })
  if (call.options.json) terminal.write(`${JSON.stringify(status, null, 2)}\n`)
  else terminal.write(renderTimeline(status, clock.now(), terminal.colors))
}
