/** Takes apart what a function gave back: the caller's answer, and values for the outputs that the host writes. */
import type { BindingContext } from '@aloft/kernel'
import type { ResultMessage, TypedData } from '@aloft/wire'
import { type CompiledBinding, matchOutputs, toOutputValues, toWholeValue } from '../app/index.ts'
import type { BindingRegistry } from '../binding-registry.ts'
import type { FunctionEntry } from './function-entry.ts'
import type { BindingResolver } from './inputs.ts'

export interface Output {
  readonly binding: CompiledBinding
  readonly data: TypedData
}

/** The HTTP response when the function has one under a name of its own, else what it returned. */
export function returnValueOf(entry: FunctionEntry, result: ResultMessage): TypedData | undefined {
  const { httpOutput } = entry
  if (httpOutput !== undefined && httpOutput !== '$return') {
    const named = result.outputData.find(({ name }) => name.toLowerCase() === httpOutput.toLowerCase())
    if (named) return named.data
  }
  return result.returnValue ?? undefined
}

/** The outputs that got something. */
export function outputsOf(entry: FunctionEntry, result: ResultMessage): readonly Output[] {
  if (entry.outputs.length === 0) return []
  const named = entry.outputs.map((binding) => ({ name: binding.definition.name, binding }))
  return matchOutputs(named, result).map(({ output, data }) => ({ binding: output.binding, data }))
}

/** Writes side by side; any failure fails the invocation, as in the official host. */
export async function writeOutputs(
  outputs: readonly Output[],
  registry: BindingRegistry,
  resolver: BindingResolver,
  context: BindingContext,
): Promise<void> {
  await Promise.all(
    outputs.map(async ({ binding: compiled, data }) => {
      const output = registry.output(compiled.definition.type)
      const values = output?.takesWhole ? toWholeValue(data) : toOutputValues(data)
      if (values.length > 0) await output?.write(resolver.resolve(compiled), values, context)
    }),
  )
}
