/** The words of `aloft durable` that change something. */
import { UserError } from '@aloft/kernel'
import { type DurableCall, instanceOf, instancePath, payload } from './durable-call.ts'

const gone = 410

/** Starts an orchestration; prints its id. */
export async function startNew({ api, options, operands, context }: DurableCall): Promise<void> {
  const name = options['function-name'] ?? operands[0]
  if (!name) throw new UserError('Which function?', { hint: 'Name the orchestrator: --function-name NAME.' })
  const id = options.id === undefined ? '' : `/${encodeURIComponent(options.id)}`
  const { text } = await api.call(`orchestrators/${encodeURIComponent(name)}${id}`, {
    method: 'POST',
    query: { version: options.version },
    body: await payload(options.input, context.directory),
  })
  const started = JSON.parse(text) as { readonly id: string }
  context.terminal.write(options.json ? `${text}\n` : `${started.id}\n`)
}

export async function raiseEvent(call: DurableCall): Promise<void> {
  const { api, options, context } = call
  const name = options['event-name'] ?? call.operands[1]
  if (!name) throw new UserError('Which event?', { hint: 'Name it: --event-name NAME.' })
  const { status } = await api.call(
    instancePath(call, `/raiseEvent/${encodeURIComponent(name)}`),
    { method: 'POST', body: (await payload(options['event-data'], context.directory)) ?? 'null' },
    [gone],
  )
  done(call, status, `Event '${name}' is raised`)
}

export const terminate = (call: DurableCall) => change(call, 'terminate', 'It will be terminated')
export const suspend = (call: DurableCall) => change(call, 'suspend', 'It will be suspended')
export const resume = (call: DurableCall) => change(call, 'resume', 'It will be resumed')
export const rewind = (call: DurableCall) => change(call, 'rewind', 'What failed will be run again')

export async function restart(call: DurableCall): Promise<void> {
  const { text } = await call.api.call(instancePath(call, '/restart'), { method: 'POST' })
  call.context.terminal.write(`${(JSON.parse(text) as { readonly id: string }).id}\n`)
}

/** One instance, or all that ended between two times. */
export async function purgeHistory(call: DurableCall): Promise<void> {
  const { api, options, operands, context } = call
  const isOne = options.id !== undefined || operands.length > 0
  const query = isOne
    ? {}
    : {
        createdTimeFrom: options['created-after'] ?? new Date(0).toISOString(),
        createdTimeTo: options['created-before'],
        runtimeStatus: options['runtime-status']?.join(','),
      }
  const path = isOne ? instancePath(call) : 'instances'
  const { status, text } = await api.call(path, { method: 'DELETE', query }, isOne ? [] : [404])
  const deleted =
    status === 404 ? 0 : (JSON.parse(text) as { readonly instancesDeleted: number }).instancesDeleted
  context.terminal.write(`${deleted} instance${deleted === 1 ? '' : 's'} deleted.\n`)
}

async function change(call: DurableCall, verb: string, message: string): Promise<void> {
  const { api, options } = call
  const query = { reason: options.reason ?? '' }
  const { status } = await api.call(instancePath(call, `/${verb}`), { method: 'POST', query }, [gone])
  done(call, status, message)
}

function done(call: DurableCall, status: number, message: string): void {
  if (status === gone) throw new UserError(`Instance ${instanceOf(call)} has ended already`)
  call.context.terminal.write(`${message}.\n`)
}
