/** A function prepared for being invoked: what can be looked up once is looked up here. */
import type { BindingDefinition, FunctionDefinition, Logger, RetryPolicy } from '@aloft/kernel'
import { type CompiledBinding, compileBinding } from '../app/index.ts'

export interface FunctionEntry {
  readonly definition: FunctionDefinition
  readonly name: string
  readonly id: string
  readonly log: Logger
  readonly userLog: Logger
  readonly retry: RetryPolicy | undefined
  /** Inputs beside the trigger. */
  readonly inputs: readonly CompiledBinding[]
  /** Outputs that the host writes; HTTP responses are not among them. */
  readonly outputs: readonly CompiledBinding[]
  /** Name of the output that is the HTTP response; undefined when there is none. */
  readonly httpOutput: string | undefined
}

export function prepareFunction(definition: FunctionDefinition, log: Logger): FunctionEntry {
  const isOutput = (binding: BindingDefinition) => binding.direction !== 'in'
  const isHttp = (binding: BindingDefinition) => binding.type.toLowerCase() === 'http'
  const others = definition.bindings.filter((binding) => binding !== definition.trigger)
  const fields = { function: definition.name }
  return {
    definition,
    name: definition.name,
    id: definition.id,
    log: log.child(`Function.${definition.name}`, fields),
    userLog: log.child(`Function.${definition.name}.User`, fields),
    retry: definition.retry,
    inputs: others.filter((binding) => binding.direction !== 'out').map(compileBinding),
    outputs: others.filter((binding) => isOutput(binding) && !isHttp(binding)).map(compileBinding),
    httpOutput: others.find((binding) => isOutput(binding) && isHttp(binding))?.name,
  }
}
