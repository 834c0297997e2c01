/** Bindings whose expressions were parsed once, to be resolved for every invocation. */
import type { BindingDefinition } from '@aloft/kernel'
import { isJsonText } from './binding-definition.ts'
import { expressionsOf, parseTemplate, type Template } from './binding-template.ts'
import { type BindingData, type ExpressionEnvironment, evaluate } from './expression-value.ts'
import { bindTableFilter, parameterizeSql } from './query-expressions.ts'

export interface CompiledBinding {
  /** With escaped braces resolved; expressions stand as written. */
  readonly definition: BindingDefinition
  /** `false` = `definition` serves every invocation as it is, and no binding data is needed. */
  readonly hasExpressions: boolean
  readonly templates: readonly CompiledOption[]
}

interface CompiledOption {
  readonly option: string
  readonly template: Template
  readonly bind: BindOption
}

/** Gives the options that replace one with expressions. */
type BindOption = (
  template: Template,
  data: BindingData,
  environment: ExpressionEnvironment,
) => Readonly<Record<string, unknown>>

/** Options that are names, not templates. */
const plainOptions = new Set(['name', 'type', 'direction', 'dataType', 'cardinality', 'connection'])

/** Parses the expressions of an input or output binding. Throws an Error for unbalanced braces and bad names. */
export function compileBinding(binding: BindingDefinition): CompiledBinding {
  const options = Object.entries(binding).flatMap(([option, value]) => {
    const isTemplate =
      typeof value === 'string' && !plainOptions.has(option) && /[{}]/.test(value) && !isJsonText(value)
    return isTemplate ? [{ option, template: parseTemplate(value) }] : []
  })
  const fixed = options.filter(({ template }) => expressionsOf(template).length === 0)
  const templates = options
    .filter(({ template }) => expressionsOf(template).length > 0)
    .map(({ option, template }) => ({ option, template, bind: bindingOf(binding.type, option) }))
  const literals = Object.fromEntries(fixed.map(({ option, template }) => [option, template.parts.join('')]))
  return { definition: { ...binding, ...literals }, hasExpressions: templates.length > 0, templates }
}

/**
 * The binding with its expressions resolved against the trigger's data.
 * Throws `No value for named parameter 'x'.` and the like; the invocation fails with it.
 */
export function resolveBinding(
  compiled: CompiledBinding,
  data: BindingData,
  environment: ExpressionEnvironment,
): BindingDefinition {
  if (!compiled.hasExpressions) return compiled.definition
  const resolved: Record<string, unknown> = {}
  for (const { template, bind } of compiled.templates)
    Object.assign(resolved, bind(template, data, environment))
  return { ...compiled.definition, ...resolved }
}

/** Query languages have rules of their own, so that values cannot change the query. */
function bindingOf(type: string, option: string): BindOption {
  const kind = `${type.toLowerCase()}.${option.toLowerCase()}`
  if (kind === 'table.filter') return (...parts) => ({ [option]: bindTableFilter(...parts) })
  if (kind === 'cosmosdb.sqlquery') return parameterizeSql
  return (template, data, environment) => ({ [option]: bindText(template, data, environment) })
}

function bindText(template: Template, data: BindingData, environment: ExpressionEnvironment): string {
  let text = ''
  for (const part of template.parts)
    text += typeof part === 'string' ? part : evaluate(part, data, environment)
  return text
}
