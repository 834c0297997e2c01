/** What a custom handler's channel has to know of a function. */
import type { RpcFunctionMetadata } from '@aloft/wire'
import type { CustomHandlerConfiguration, CustomHandlerRoute } from '../contracts.ts'

export interface HandlerFunction {
  readonly name: string
  /** Names of the inputs, the trigger among them. */
  readonly inputs: readonly string[]
  readonly outputs: readonly HandlerOutput[]
  /** The output `$return`, when there is one. */
  readonly returned: HandlerOutput | undefined
  /** How requests reach the handler: as JSON like every other invocation, or as the client has sent them. */
  readonly forwarding: CustomHandlerConfiguration['forwarding']
}

export interface HandlerOutput {
  readonly name: string
  readonly isHttp: boolean
  /** Text for it is never taken for base64. */
  readonly isBinary: boolean
}

const returnName = '$return'

export function handlerFunction(
  { name, bindings }: RpcFunctionMetadata,
  forwarding: CustomHandlerConfiguration['forwarding'],
): HandlerFunction {
  const all = Object.entries(bindings).map(([binding, info]) => ({
    ...info,
    name: binding,
    type: info.type.toLowerCase(),
  }))
  const inputs = all.filter(({ direction }) => direction !== 'out')
  const outputs = all
    .filter(({ direction }) => direction !== 'in')
    .map((binding) => ({
      name: binding.name,
      isHttp: binding.type === 'http',
      isBinary: binding.dataType === 'binary',
    }))
  const isHttpOnly =
    inputs.length === 1 &&
    outputs.length === 1 &&
    inputs[0]?.type === 'httptrigger' &&
    outputs[0]?.isHttp === true
  return {
    name,
    inputs: inputs.map((input) => input.name),
    outputs: outputs.filter((output) => output.name.toLowerCase() !== returnName),
    returned: outputs.find((output) => output.name.toLowerCase() === returnName),
    forwarding: isHttpOnly ? forwarding : 'none',
  }
}

/** The functions that stand for the routes of host.json (host `HttpWorkerFunctionProvider`). */
export function routeFunctions(routes: readonly CustomHandlerRoute[]): RpcFunctionMetadata[] {
  return routes.map(({ route, authLevel }, index) => {
    const name = `http-handler${index + 1}`
    const trigger = { type: 'httpTrigger', direction: 'in', name: 'req', authLevel, route }
    const response = { type: 'http', direction: 'out', name: 'res' }
    return {
      name,
      functionId: name,
      rawBindings: [JSON.stringify(trigger), JSON.stringify(response)],
      bindings: {
        req: { type: 'httpTrigger', direction: 'in' },
        res: { type: 'http', direction: 'out' },
      },
    }
  })
}
