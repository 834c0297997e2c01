/** Binding expressions such as `orders/{customer.id}/{datetime:yyyy}` (sdk `BindingTemplateParser`). */

/** `{a.b:format}`. */
export interface Expression {
  /** Names from the binding data inwards; the first is the parameter. */
  readonly path: readonly string[]
  /** .NET format after the colon. */
  readonly format: string | undefined
}

export interface Template {
  /** As written. */
  readonly pattern: string
  /** Literal text and expressions, in order. */
  readonly parts: readonly (string | Expression)[]
}

const token = /\{\{|\}\}|\{([^{}]*)\}|[^{}]+|[{}]/g
const identifier = /^[\p{L}\p{Nl}_][\p{L}\p{Nl}\p{Nd}\p{Pc}\p{Mn}\p{Mc}\p{Cf}.-]*$/u
const guidFormat = /^[ndbpx]$/i

/** Parses `pattern`. Throws an Error with the position of an unbalanced brace, or the name that is none. */
export function parseTemplate(pattern: string): Template {
  const parts: (string | Expression)[] = []
  for (const match of pattern.matchAll(token)) {
    const [text, expression] = match
    if (expression !== undefined) parts.push(parseExpression(pattern, expression, match.index + 1))
    else if (text === '{' || text === '}') {
      const missing = text === '{' ? 'closing' : 'opening'
      throw new Error(
        `Invalid template '${pattern}'. Missing ${missing} bracket at position ${match.index + 1}.`,
      )
    } else parts.push(text === '{{' || text === '}}' ? text.charAt(0) : text)
  }
  return { pattern, parts }
}

/** The expressions of a template. */
export function expressionsOf(template: Template): readonly Expression[] {
  return template.parts.filter((part) => typeof part !== 'string')
}

function parseExpression(pattern: string, text: string, position: number): Expression {
  if (text === '')
    throw new Error(`Invalid template '${pattern}'. The parameter name at position ${position} is empty.`)
  const colon = text.indexOf(':')
  const name = colon > 0 ? text.slice(0, colon) : text
  const format = colon > 0 ? text.slice(colon + 1).trim() || undefined : undefined
  if (!identifier.test(name))
    throw new Error(`Invalid template '${pattern}'. Invalid template expression '${name}'.`)
  const path = name.split('.')
  const [parameter = ''] = path
  if (path.includes('')) throw new Error(`Invalid template '${pattern}'. Illegal expression: ${name}`)
  const isGuid = parameter.toLowerCase() === 'rand-guid'
  if (parameter.includes('-') && !isGuid) {
    throw new Error(`Invalid template '${pattern}'. The parameter name '${parameter}' is invalid.`)
  }
  if (isGuid && format !== undefined && !guidFormat.test(format)) {
    throw new Error(
      `Invalid template '${pattern}'. A GUID has the formats N, D, B, P and X, not '${format}'.`,
    )
  }
  return { path, format }
}
