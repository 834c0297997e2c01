import type { BindingDefinition } from '@aloft/kernel'
import { bindingOption } from './binding-option.ts'

/** Whether the binding asks for a reference from which the worker makes an SDK type, instead of content. */
export function isDeferred(binding: BindingDefinition): boolean {
  const properties = bindingOption(binding, 'properties')
  if (typeof properties !== 'object' || properties === null) return false
  const flag = Object.entries(properties).find(([name]) => name.toLowerCase() === 'supportsdeferredbinding')
  return String(flag?.[1]).toLowerCase() === 'true'
}
