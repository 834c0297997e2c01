/** Starting a function by hand, with a text as its input (admin API, portal). */
import type { FunctionDefinition, InvocationResult, Invoker, Logger, ManualInput } from '@aloft/kernel'
import type { BindingRegistry } from '../binding-registry.ts'
import type { AppConfiguration } from '../contracts.ts'
import { httpReason, isHttpFunction, routeText } from '../http/index.ts'

export interface RunByHandOptions {
  readonly configuration: AppConfiguration
  readonly registry: BindingRegistry
  readonly invoker: Invoker
  readonly log: Logger
  /** Host and port of the app's address. */
  readonly hostName: string
}

/** Runs `definition` with what its trigger makes of `input`; a trigger without an opinion gets the text itself. */
export async function runByHand(
  options: RunByHandOptions,
  definition: FunctionDefinition,
  input: string,
): Promise<InvocationResult> {
  const { configuration, registry, invoker, log } = options
  const extension = registry.trigger(definition.trigger.type)
  const context = { app: configuration.context, function: definition, binding: definition.trigger, log }
  const made: ManualInput = isHttpFunction(definition)
    ? httpInput(options, definition, input)
    : ((await extension?.manualInput?.(context, input)) ?? { data: { string: input } })
  return invoker.invoke(definition.name, { ...made, reason: httpReason })
}

/** A POST of the text to the function's own route. */
function httpInput(
  { configuration, hostName }: RunByHandOptions,
  definition: FunctionDefinition,
  input: string,
): ManualInput {
  const { routePrefix } = configuration.host.http
  const body = Buffer.from(input)
  const headers = {
    host: hostName,
    'content-length': String(body.length),
    'content-type': contentTypeOf(input),
  }
  const url = `http://${hostName}/${routeText(definition, routePrefix)}`
  return {
    data: { http: { method: 'POST', url, headers, params: {}, query: {}, body: { bytes: body } } },
  }
}

function contentTypeOf(text: string): string {
  try {
    JSON.parse(text)
    return 'application/json'
  } catch {
    return 'text/plain; charset=utf-8'
  }
}
