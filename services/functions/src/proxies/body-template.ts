/** `response.body`: text, or JSON whose strings are templates of their own. */
import type { ResponseHead } from '../http/index.ts'
import { parseTemplate, renderTemplate, type Template, type TemplateContext } from './template.ts'
import type { ProxyRequest } from './variables.ts'

export interface BodyTemplate {
  /** For an answer that has none of its own. */
  readonly contentType: string
  readonly notes: readonly string[]
  render(request: ProxyRequest, response: ResponseHead): string
}

/** @param value as it stands in the file */
export function compileBody(value: unknown, context: TemplateContext): BodyTemplate {
  if (typeof value !== 'object' || value === null) {
    const template = parseTemplate(String(value), context)
    return {
      contentType: 'text/plain; charset=utf-8',
      // Braces are common in texts and seldom meant as variables.
      notes: [],
      render: (request, response) => renderTemplate(template, request, response),
    }
  }
  const templates = new Map<string, Template>()
  mapTexts(value, (text) => {
    templates.set(text, parseTemplate(text, context))
    return text
  })
  return {
    contentType: 'application/json; charset=utf-8',
    notes: [...templates.values()].flatMap(({ notes }) => notes),
    render(request, response) {
      const render = (text: string) => renderTemplate(templates.get(text)!, request, response)
      return JSON.stringify(mapTexts(value, render))
    },
  }
}

/** A copy of JSON with every text in it, names of properties included, replaced. */
function mapTexts(value: unknown, replace: (text: string) => string): unknown {
  if (typeof value === 'string') return replace(value)
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, replace))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [replace(key), mapTexts(item, replace)]),
  )
}
