/**
 * The `durableClient` binding, under its old name too, as input and as output (azure-functions-durable-extension,
 * `BindingHelper`).
 */
import {
  type BindingContext,
  type BindingDefinition,
  currentTrace,
  formatTraceParent,
  type InputExtension,
  type OutputExtension,
  type OutputValue,
  UserError,
} from '@aloft/kernel'
import type { HubHosts } from './hub-hosts.ts'

const types = ['durableClient', 'orchestrationClient']

export interface ClientBindingOptions {
  readonly hosts: HubHosts
  /** JSON text for an app; cheap when it has been made before. */
  clientValue(binding: BindingDefinition, context: BindingContext): Promise<string>
}

export function clientInputs({ hosts, clientValue }: ClientBindingOptions): readonly InputExtension[] {
  return types.map((type) => ({
    type,
    validate: (_binding, app) => void hosts.optionsOf(app),
    async read(binding, context) {
      const json = await clientValue(binding, context)
      // Python takes the text apart itself.
      return context.function.language === 'node' ? { json } : { string: json }
    },
  }))
}

/** Starts an orchestration for each `{ FunctionName, InstanceId, Input }`. */
export function clientOutputs({ hosts }: ClientBindingOptions): readonly OutputExtension[] {
  return types.map((type) => ({
    type,
    validate: (_binding, app) => void hosts.optionsOf(app),
    async write(binding, values, { app }) {
      const host = hosts.of(app, textOf(binding.taskHub))
      const hub = await host.open()
      const trace = currentTrace()
      const traceParent = trace && formatTraceParent(trace)
      await Promise.all(values.flatMap(startsIn).map((each) => hub.start({ ...each, traceParent })))
    },
  }))
}

interface Start {
  readonly name: string
  readonly instanceId: string | undefined
  readonly input: string | null
}

function startsIn(value: OutputValue): readonly Start[] {
  const text = value.kind === 'bytes' ? Buffer.from(value.bytes).toString('utf8') : value.text
  const parsed: unknown = JSON.parse(text)
  return (Array.isArray(parsed) ? parsed : [parsed]).map(startOf)
}

function startOf(value: unknown): Start {
  const fields = Object.fromEntries(
    Object.entries((value ?? {}) as object).map(([key, each]) => [key.toLowerCase(), each as unknown]),
  )
  const name = fields.functionname
  if (typeof name !== 'string')
    throw new UserError('A value for a durableClient output has no FunctionName.', {
      hint: 'Give it { FunctionName, InstanceId, Input }.',
    })
  const { instanceid, input } = fields
  return {
    name,
    instanceId: textOf(instanceid),
    input: input === undefined ? null : JSON.stringify(input),
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
