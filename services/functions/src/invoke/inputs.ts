/** Reads a function's inputs beside its trigger. */
import type { BindingContext, BindingDefinition, InvocationInput } from '@aloft/kernel'
import type { TypedData } from '@aloft/wire'
import { bindingDataOf, type CompiledBinding, resolveBinding } from '../app/index.ts'
import type { BindingRegistry } from '../binding-registry.ts'

/** Resolves bindings for one invocation; the trigger's data is looked at only when an expression asks for it. */
export class BindingResolver {
  readonly #input: InvocationInput
  readonly #context: BindingContext
  #data: ReturnType<typeof bindingDataOf> | undefined

  constructor(input: InvocationInput, context: BindingContext) {
    this.#input = input
    this.#context = context
  }

  resolve(binding: CompiledBinding): BindingDefinition {
    if (!binding.hasExpressions) return binding.definition
    this.#data ??= bindingDataOf(this.#input)
    const environment = { functionName: this.#context.function.name, clock: this.#context.app.clock }
    return resolveBinding(binding, this.#data, environment)
  }
}

/** The inputs' values by name, read side by side; what does not exist is left out, and is `null` to the function. */
export async function readInputs(
  inputs: readonly CompiledBinding[],
  registry: BindingRegistry,
  resolver: BindingResolver,
  context: BindingContext,
): Promise<{ name: string; data: TypedData }[]> {
  const values = await Promise.all(
    inputs.map(async (input) => {
      const binding = resolver.resolve(input)
      const data = await registry.input(binding.type)?.read(binding, context)
      return { name: binding.name, data }
    }),
  )
  return values.flatMap(({ name, data }) => (data ? [{ name, data }] : []))
}
