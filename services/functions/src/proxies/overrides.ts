/** `requestOverrides` and `responseOverrides`, checked and compiled. */
import { findEntry, type Section, wrongValue } from '../app/index.ts'
import { type BodyTemplate, compileBody } from './body-template.ts'
import { constantText, parseTemplate, type Template, type TemplateContext } from './template.ts'

export type NamedTemplate = readonly [name: string, value: Template]

export interface RequestOverrides {
  readonly method: Template | undefined
  readonly headers: readonly NamedTemplate[]
  readonly query: readonly NamedTemplate[]
}

export interface ResponseOverrides {
  readonly status: Template | undefined
  readonly reason: Template | undefined
  readonly headers: readonly NamedTemplate[]
  readonly body: BodyTemplate | undefined
}

/** The names of the entries of one `…Overrides` object. */
const requestNames = {
  method: 'backend.request.method',
  headers: 'backend.request.headers.',
  query: 'backend.request.querystring.',
}
const responseNames = {
  status: 'response.statusCode',
  reason: 'response.statusReason',
  body: 'response.body',
  headers: 'response.headers.',
}

const headerName = /^[\w!#$%&'*+.^`|~-]+$/

/** @throws UserError for a value or a header name that can never work */
export function readRequestOverrides(section: Section, context: TemplateContext): RequestOverrides {
  return {
    method: readTemplate(section, requestNames.method, context),
    headers: readHeaders(section, requestNames.headers, context),
    query: readNamed(section, requestNames.query, context),
  }
}

/** @throws UserError for a value or a header name that can never work */
export function readResponseOverrides(section: Section, context: TemplateContext): ResponseOverrides {
  const status = readTemplate(section, responseNames.status, context)
  const constant = status && constantText(status)
  if (constant !== undefined && parseStatus(constant) === undefined)
    throw wrongValue(section, findEntry(section.values, responseNames.status)!, 'a status from 200 to 599')
  const body = findEntry(section.values, responseNames.body)
  return {
    status,
    reason: readTemplate(section, responseNames.reason, context),
    headers: readHeaders(section, responseNames.headers, context),
    body: body && compileBody(body.value, context),
  }
}

/** Entries of both objects that mean nothing: misspelt ones have no effect, and nobody would know why. */
export function unknownOverrides(request: Section, response: Section): readonly string[] {
  return [
    ...unknownIn(request, Object.values(requestNames)),
    ...unknownIn(response, Object.values(responseNames)),
  ]
}

/** What templates of the overrides name that does not exist. */
export function notesOf(request: RequestOverrides, response: ResponseOverrides): readonly string[] {
  const templates = [request.method, response.status, response.reason]
  const named = [...request.headers, ...request.query, ...response.headers].map(([, template]) => template)
  return [...templates, ...named, response.body].flatMap((template) => template?.notes ?? [])
}

/** A status that can be sent; undefined for other text. */
export function parseStatus(text: string): number | undefined {
  return /^\s*[2-5]\d\d\s*$/.test(text) ? Number(text) : undefined
}

function unknownIn({ values }: Section, known: readonly string[]): readonly string[] {
  return Object.keys(values).filter((key) => {
    const lower = key.toLowerCase()
    return !known.some((name) =>
      name.endsWith('.') ? lower.startsWith(name.toLowerCase()) : lower === name.toLowerCase(),
    )
  })
}

function readTemplate(section: Section, name: string, context: TemplateContext): Template | undefined {
  const entry = findEntry(section.values, name)
  if (!entry) return undefined
  if (typeof entry.value === 'object') throw wrongValue(section, entry, 'a string')
  return parseTemplate(String(entry.value), context)
}

function readNamed(section: Section, prefix: string, context: TemplateContext): NamedTemplate[] {
  const lowerPrefix = prefix.toLowerCase()
  return Object.keys(section.values)
    .filter((key) => key.toLowerCase().startsWith(lowerPrefix) && key.length > prefix.length)
    .flatMap((key): NamedTemplate[] => {
      const template = readTemplate(section, key, context)
      return template ? [[key.slice(prefix.length), template]] : []
    })
}

function readHeaders(section: Section, prefix: string, context: TemplateContext): NamedTemplate[] {
  const headers = readNamed(section, prefix, context)
  for (const [name] of headers) {
    const key = prefix + name
    if (!headerName.test(name)) throw wrongValue(section, { key, value: name }, 'named like a header')
  }
  return headers
}
