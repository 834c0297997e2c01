/** From what an app declares to what the host runs. One bad function never stops the others. */

import { isAbsolute, join } from 'node:path'
import { type BindingDefinition, ensureError, type FunctionDefinition, UserError } from '@aloft/kernel'
import type { RpcFunctionMetadata } from '@aloft/wire'
import type { BindingRegistry } from '../binding-registry.ts'
import type { AppConfiguration, FunctionIndex, FunctionProblem } from '../contracts.ts'
import { isTrigger, parseBinding } from './binding-definition.ts'
import { compileBinding } from './compiled-binding.ts'
import type { DeclaredFunctions } from './function-folders.ts'
import { isValidFunctionName } from './function-name.ts'
import { toRetryPolicy } from './retry-policy.ts'
import { findShadowedRoutes } from './shadowed-routes.ts'

/** Checks and sorts the declared functions; those that host.json or the command line leave out are left out. */
export function indexFunctions(
  app: AppConfiguration,
  declared: DeclaredFunctions,
  registry: BindingRegistry,
): FunctionIndex {
  const { functions: wanted } = app.host
  const allowed = wanted && new Set(wanted.map((name) => name.toLowerCase()))
  const isWanted = ({ name }: { readonly name: string }) => !allowed || allowed.has(name.toLowerCase())

  const problems: FunctionProblem[] = (declared.problems ?? []).filter(isWanted)
  const indexed = new Map<string, FunctionDefinition>()
  for (const metadata of declared.functions.filter(isWanted)) {
    const key = metadata.name.toLowerCase()
    try {
      const earlier = indexed.get(key)
      if (earlier)
        throw new Error(
          `There is another function named '${earlier.name}'; names must differ by more than case.`,
        )
      indexed.set(key, indexFunction(app, metadata, registry, declared.disabled?.has(metadata.name) ?? false))
    } catch (thrown) {
      problems.push(problemOf(metadata.name, ensureError(thrown)))
    }
  }
  const sorted = [...indexed.values()].sort(byName)
  const shadowed = findShadowedRoutes(app, sorted)
  const unreachable = new Set(shadowed.map(({ name }) => name))
  return {
    functions: sorted.filter(({ name }) => !unreachable.has(name)),
    problems: [...problems, ...shadowed],
  }
}

function problemOf(name: string, error: Error): FunctionProblem {
  const { message } = error
  return error instanceof UserError && error.hint ? { name, message, hint: error.hint } : { name, message }
}

/** The warning for an app in which nothing can run. */
export function noFunctionsWarning(app: AppConfiguration): string {
  const sought =
    app.runtime === 'node'
      ? 'functions registered by the files that "main" in package.json names, or folders with a function.json,'
      : 'folders with a function.json'
  return `No job functions found. Expected ${sought} in ${app.context.rootDirectory}.`
}

/** The warning for functions that are asked for and not there; undefined when all are. */
export function missingFunctionsWarning(
  { host }: AppConfiguration,
  present: readonly { readonly name: string }[],
): string | undefined {
  const names = new Set(present.map(({ name }) => name.toLowerCase()))
  const missing = (host.functions ?? []).filter((name) => !names.has(name.toLowerCase()))
  if (missing.length === 0) return undefined
  return `This app has no function '${missing.join("' and no function '")}', which host.json (functions) or --functions asks for.`
}

function indexFunction(
  app: AppConfiguration,
  metadata: RpcFunctionMetadata,
  registry: BindingRegistry,
  isDisabledByFile: boolean,
): FunctionDefinition {
  const { name } = metadata
  if (!isValidFunctionName(name)) throw new Error(`'${name}' is not a valid function name.`)
  const bindings = metadata.rawBindings.map((json) => parseBinding(json, app.context))
  const trigger = findTrigger(bindings)
  checkUnique(bindings)
  checkTypes(app, bindings, registry)
  for (const binding of bindings) {
    if (binding !== trigger) compileBinding(binding)
    validate(binding, trigger, app, registry)
  }
  return {
    name,
    id: metadata.functionId,
    bindings,
    trigger,
    retry: metadata.retryOptions ? toRetryPolicy(metadata.retryOptions) : app.host.retry,
    isDisabled: isDisabledByFile || isDisabledBySetting(app, name),
    language: app.runtime,
    scriptFile: locateScript(app, metadata),
    entryPoint: metadata.entryPoint ?? '',
  }
}

function findTrigger(bindings: readonly BindingDefinition[]): BindingDefinition {
  if (bindings.length === 0) throw new Error('At least one binding must be declared.')
  const [trigger, second] = bindings.filter(isTrigger)
  if (!trigger) throw new Error('No trigger binding specified. A function must have a trigger input binding.')
  if (second) {
    throw new Error('Multiple trigger bindings defined. A function can only have a single trigger binding.')
  }
  return trigger
}

function checkUnique(bindings: readonly BindingDefinition[]): void {
  const names = new Set<string>()
  for (const { name } of bindings) {
    if (names.has(name.toLowerCase())) {
      throw new Error(`Multiple bindings with name '${name}' discovered. Binding names must be unique.`)
    }
    names.add(name.toLowerCase())
  }
}

function checkTypes(
  app: AppConfiguration,
  bindings: readonly BindingDefinition[],
  registry: BindingRegistry,
): void {
  const unknown = bindings
    .filter(({ type, direction }) => !registry.isKnown(type, direction))
    .map(({ type }) => type)
  if (unknown.length === 0) return
  const types = [...new Set(unknown)].join(', ')
  throw new UserError(
    app.host.extensionBundle
      ? `The binding type(s) '${types}' were not found in the configured extension bundle. Please ensure the type is correct and the correct version of extension bundle is configured`
      : `The binding type(s) '${types}' are not registered. Please ensure the type is correct and the binding extension is installed.`,
    { hint: 'Aloft has its bindings built in, and no such ones: docs/conformance.md lists them.' },
  )
}

function validate(
  binding: BindingDefinition,
  trigger: BindingDefinition,
  { context }: AppConfiguration,
  registry: BindingRegistry,
): void {
  if (binding === trigger) registry.trigger(binding.type)?.validate?.(binding, context)
  else if (binding.direction !== 'out') registry.input(binding.type)?.validate?.(binding, context)
  if (binding.direction !== 'in') registry.output(binding.type)?.validate?.(binding, context)
}

/** `AzureWebJobs.<F>.Disabled`, with `_` or `__` where a system allows no dots. */
function isDisabledBySetting({ context }: AppConfiguration, name: string): boolean {
  return ['.', '_', '__'].some((dot) => {
    const value = context.setting(`AzureWebJobs${dot}${name}${dot}Disabled`)
    return value === '1' || value?.toLowerCase() === 'true'
  })
}

function locateScript(app: AppConfiguration, { directory, scriptFile }: RpcFunctionMetadata): string {
  if (!scriptFile || scriptFile === 'unknown') return ''
  return isAbsolute(scriptFile) ? scriptFile : join(directory ?? app.context.rootDirectory, scriptFile)
}

/** .NET's `StringComparer.OrdinalIgnoreCase`: by code units of the upper-case names. */
function byName(left: FunctionDefinition, right: FunctionDefinition): number {
  const [a, b] = [left.name.toUpperCase(), right.name.toUpperCase()]
  return a < b ? -1 : a > b ? 1 : 0
}
