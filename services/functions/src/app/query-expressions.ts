/** Expressions inside queries (sdk `TableFilterFormatter`, `CosmosDBSqlResolutionPolicy`). */
import { type Expression, expressionsOf, type Template } from './binding-template.ts'
import { type BindingData, type ExpressionEnvironment, evaluate } from './expression-value.ts'

const numberLiteral = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i

/**
 * An OData filter: a value between quotes has its own quotes doubled; any other must be a number or boolean.
 * A filter that is one expression and nothing else is taken as it comes.
 */
export function bindTableFilter(
  template: Template,
  data: BindingData,
  environment: ExpressionEnvironment,
): string {
  const { parts } = template
  if (parts.length === 1) return parts.map((part) => toFilterText(part, data, environment)).join('')
  return parts
    .map((part, index) => {
      const text = toFilterText(part, data, environment)
      if (typeof part === 'string') return text
      if (isQuoted(parts, index)) return text.replaceAll("'", "''")
      if (numberLiteral.test(text) || /^(?:true|false)$/i.test(text)) return text
      throw new Error(
        `An invalid parameter value was specified for filter parameter '${part.path.join('.')}'.`,
      )
    })
    .join('')
}

/** A Cosmos DB query: each expression becomes a parameter `@name` of `sqlQueryParameters`. */
export function parameterizeSql(
  template: Template,
  data: BindingData,
  environment: ExpressionEnvironment,
): Readonly<Record<string, unknown>> {
  const parameters = new Map<string, string>()
  for (const expression of expressionsOf(template)) {
    parameters.set(parameterName(expression), evaluate(expression, data, environment))
  }
  return {
    sqlQuery: template.parts.map((part) => (typeof part === 'string' ? part : parameterName(part))).join(''),
    sqlQueryParameters: [...parameters].map(([name, value]) => ({ name, value })),
  }
}

function parameterName({ path }: Expression): string {
  return `@${path.join('_').replaceAll('-', '_')}`
}

function toFilterText(
  part: string | Expression,
  data: BindingData,
  environment: ExpressionEnvironment,
): string {
  return typeof part === 'string' ? part : evaluate(part, data, environment)
}

/** Whether the part stands inside an OData string: after an odd number of quotes. */
function isQuoted(parts: readonly (string | Expression)[], index: number): boolean {
  const before = parts.slice(0, index).filter((part) => typeof part === 'string')
  return (before.join('').match(/'/g)?.length ?? 0) % 2 === 1
}
