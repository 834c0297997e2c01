/** The words of `aloft durable` that tell of instances. */
import { renderLines } from '../text-table.ts'
import { type DurableCall, instancePath } from './durable-call.ts'

/** An instance as the management API tells of it. */
export interface ApiStatus {
  readonly name: string
  readonly instanceId: string
  readonly runtimeStatus: string
  readonly input: unknown
  readonly output: unknown
  readonly customStatus: unknown
  readonly createdTime: string
  readonly lastUpdatedTime: string
  readonly historyEvents?: readonly ApiEvent[]
}

/** An event of a history in which what was scheduled is folded into how it ended. */
export interface ApiEvent {
  readonly EventType: string
  readonly Timestamp: string
  readonly ScheduledTime?: string
  readonly FireAt?: string
  readonly FunctionName?: string
  readonly Name?: string
  readonly InstanceId?: string
  readonly Input?: unknown
  readonly Result?: unknown
  readonly Reason?: string
}

/** Statuses that the API answers with an error of its own. */
const failed = [500]

export async function getRuntimeStatus(call: DurableCall): Promise<void> {
  const { options, context } = call
  const { input, output, ...status } = await readStatus(call, {
    showInput: String(options['show-input'] ?? false),
  })
  const shown = {
    ...status,
    ...(options['show-input'] && { input }),
    ...(options['show-output'] && { output }),
  }
  context.terminal.write(`${JSON.stringify(shown, null, 2)}\n`)
}

export async function getHistory(call: DurableCall): Promise<void> {
  const { historyEvents } = await readStatus(call, {
    showHistory: 'true',
    showHistoryOutput: 'true',
    showInput: String(call.options['show-input'] ?? false),
  })
  call.context.terminal.write(`${JSON.stringify(historyEvents, null, 2)}\n`)
}

export async function readStatus(
  call: DurableCall,
  query: Readonly<Record<string, string>>,
): Promise<ApiStatus> {
  const { text } = await call.api.call(instancePath(call), { query }, failed)
  return JSON.parse(text) as ApiStatus
}

const defaultTop = 20

/** A table of instances; `--json` has everything. */
export async function getInstances({ api, options, context: { terminal } }: DurableCall): Promise<void> {
  const query = {
    createdTimeFrom: options['created-after'],
    createdTimeTo: options['created-before'],
    runtimeStatus: options['runtime-status']?.join(','),
    instanceIdPrefix: options['id-prefix'],
    showInput: String(options['show-input'] ?? false),
    top: String(options.top ?? defaultTop),
  }
  const { text, continuation } = await api.call('instances', {
    query,
    continuation: options['continuation-token'],
  })
  const instances = JSON.parse(text) as readonly ApiStatus[]
  if (options.json) {
    const page = { instances, continuationToken: continuation || null }
    terminal.write(`${JSON.stringify(page, null, 2)}\n`)
    return
  }
  const titles = ['INSTANCE', 'FUNCTION', 'STATUS', 'CREATED', 'CHANGED']
  const rows = instances.map((each) => [
    each.instanceId,
    each.name,
    each.runtimeStatus,
    each.createdTime,
    each.lastUpdatedTime,
  ])
  terminal.write(
    rows.length === 0 ? 'There is no instance.\n' : `${renderLines({ titles, rows }).join('\n')}\n`,
  )
  if (continuation) terminal.writeError(`More: --continuation-token ${continuation}\n`)
}
