/** Options of bindings, whose names ignore case. */
import { type BindingDefinition, UserError } from '@aloft/kernel'

export function bindingOption(binding: BindingDefinition, name: string): unknown {
  if (Object.hasOwn(binding, name)) return binding[name]
  const wanted = name.toLowerCase()
  const key = Object.keys(binding).find((candidate) => candidate.toLowerCase() === wanted)
  return key === undefined ? undefined : binding[key]
}

/** A text that must be there. @throws UserError that names the option */
export function requiredText(binding: BindingDefinition, name: string): string {
  const value = bindingOption(binding, name)
  if (typeof value === 'string' && value.trim() !== '') return value.trim()
  throw new UserError(`The ${binding.type} binding '${binding.name}' has no '${name}'.`)
}
