/**
 * The template language of proxies.json: `{variable}`, `%APP_SETTING%`, `{{` and `}}` for literal braces.
 * Sources: "Work with legacy proxies"; the host's ProxyEndToEndTests.
 */
import type { ResponseHead } from '../http/index.ts'
import { type ProxyRequest, parseVariable, type Variable, variableValue } from './variables.ts'

export interface Template {
  /** Literal text and variables, in order. */
  readonly parts: readonly (string | Variable)[]
  /** What it names that does not exist, as clauses for a warning. */
  readonly notes: readonly string[]
}

export interface TemplateContext {
  setting(name: string): string | undefined
  /** Names of the route's parameters. */
  readonly parameters: readonly string[]
}

/** A variable has none of the characters that make JSON, CSS or code of what stands in braces. */
const tokens = /\{\{|\}\}|\{\*{0,2}([^\s{}"'`:,;<>()[\]/\\*]+)\}|%([^%\s/?#&={}"]+)%/g

/** What stands between two `%` of percent-encoded text is mostly no name of a setting. */
const settingName = /^[A-Za-z_][\w.:-]{2,}$/

/** Any text is a template: what makes no sense in it stays as it is. Values of settings are not looked into. */
export function parseTemplate(text: string, context: TemplateContext): Template {
  const parts: (string | Variable)[] = []
  const notes: string[] = []
  const scanner = new RegExp(tokens)
  let literal = ''
  let position = 0
  // A `}}` without its `{{` ends two levels of JSON rather than being an escape.
  let openEscapes = 0
  for (let match = scanner.exec(text); match; match = scanner.exec(text)) {
    const [whole, variableName, setting] = match
    literal += text.slice(position, match.index)
    if (variableName !== undefined) {
      const variable = parseVariable(variableName, context.parameters)
      if (variable.kind === 'unknown') notes.push(`there is no variable '{${variableName}}'`)
      parts.push(literal, variable)
      literal = ''
    } else if (setting !== undefined) {
      const value = context.setting(setting)
      if (value === undefined && settingName.test(setting))
        notes.push(`the app setting '${setting}' is not set`)
      // The second `%` of what is no setting may be the first of one.
      if (value === undefined) scanner.lastIndex = match.index + 1
      literal += value ?? '%'
    } else if (whole === '{{') {
      openEscapes++
      literal += '{'
    } else {
      literal += openEscapes > 0 ? '}' : whole
      openEscapes = Math.max(0, openEscapes - 1)
    }
    position = scanner.lastIndex
  }
  parts.push(literal + text.slice(position))
  return { parts: parts.filter((part) => part !== ''), notes }
}

/** @param response what the back end answered; undefined before it has */
export function renderTemplate(
  template: Template,
  request: ProxyRequest,
  response: ResponseHead | undefined,
): string {
  let text = ''
  for (const part of template.parts)
    text += typeof part === 'string' ? part : variableValue(part, request, response)
  return text
}

/** The text of a template without variables. */
export function constantText({ parts }: Template): string | undefined {
  return parts.every((part) => typeof part === 'string') ? parts.join('') : undefined
}
