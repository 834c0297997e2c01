/** Names that the host accepts (host `Utility`). */

const functionName = /^(?!host$)[a-z][a-z0-9_-]{0,127}$/i
const bindingName = /^(?:[a-zA-Z][a-zA-Z0-9]{0,127}|\$return)$/

export function isValidFunctionName(name: string): boolean {
  return functionName.test(name)
}

/** `$return` in any case is the return value. */
export function isReturnName(name: string): boolean {
  return name.toLowerCase() === '$return'
}

export function isValidBindingName(name: string): boolean {
  return bindingName.test(name) || isReturnName(name)
}
