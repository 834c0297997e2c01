/**
 * host.json `customHandler`, and `httpWorker`, which came before it (host `HttpWorkerOptionsSetup`,
 * `HttpWorkerDescription`, `CustomHandlerHttpOptions`).
 */
import { UserError } from '@aloft/kernel'
import type { CustomHandlerConfiguration, CustomHandlerRoute } from '../contracts.ts'
import {
  findEntry,
  isObject,
  readBoolean,
  readChoice,
  readInteger,
  readSection,
  readString,
  readTimeSpanMs,
  type Section,
  wrongValue,
} from './config-section.ts'
import { formatLocation, locate } from './json-document.ts'

const authLevels = ['anonymous', 'function', 'system', 'admin'] as const
const defaultStartTimeoutMs = 30_000

/** Undefined when host.json has neither section. Throws a UserError with key and line. */
export function readCustomHandler(root: Section): CustomHandlerConfiguration | undefined {
  const name = sectionName(root.values)
  if (!name) return undefined
  const section = readSection(root, name)
  const description = readDescription(section)
  return {
    ...description,
    startTimeoutMs: readTimeSpanMs(section, 'initializationTimeout', { minimum: 1 }) ?? defaultStartTimeoutMs,
    port: readInteger(section, 'port', { minimum: 1, maximum: 65_535 }),
    forwarding: readForwarding(section, name),
    routes: readRoutes(readSection(section, 'http')),
  }
}

/** Whether the app brings its own server; it then runs whatever `FUNCTIONS_WORKER_RUNTIME` says. */
export function hasCustomHandler(hostJson: Section['values']): boolean {
  return sectionName(hostJson) !== undefined
}

/** What the user should know of the sections although they work. */
export function customHandlerWarnings(root: Section): readonly string[] {
  if (!hasSection(root.values, 'httpWorker')) return []
  return hasSection(root.values, 'customHandler')
    ? ["host.json has both 'httpWorker' and 'customHandler'; 'customHandler' takes precedence."]
    : ["The section 'httpWorker' of host.json is deprecated; use 'customHandler'."]
}

/** The error for an app of the runtime `custom` whose host.json does not say what runs. */
export function missingCustomHandler(root: Section): UserError {
  const location = locate(root.document, [])
  return new UserError(
    `${formatLocation(location)}: 'customHandler.description.defaultExecutablePath' is missing; ` +
      'an app of the runtime custom says there what answers its invocations.',
    { location, hint: 'Add "customHandler": { "description": { "defaultExecutablePath": "handler" } }.' },
  )
}

/** A section without content counts as absent, as in .NET's configuration. */
function hasSection(values: Section['values'], name: string): boolean {
  const value = findEntry(values, name)?.value
  return value !== undefined && !(isObject(value) && Object.keys(value).length === 0)
}

function sectionName(values: Section['values']): 'customHandler' | 'httpWorker' | undefined {
  return (['customHandler', 'httpWorker'] as const).find((name) => hasSection(values, name))
}

type Description = Omit<CustomHandlerConfiguration, 'startTimeoutMs' | 'port' | 'forwarding' | 'routes'>

function readDescription(section: Section): Description {
  const description = readSection(section, 'description')
  const executable = readString(description, 'defaultExecutablePath')
  const key = findEntry(description.values, 'defaultExecutablePath')?.key ?? 'defaultExecutablePath'
  const location = locate(section.document, [...description.path, key])
  if (!executable) {
    throw new UserError(
      `${formatLocation(location)}: '${[...description.path, key].join('.')}' is missing; ` +
        'expected the name or path of what runs the custom handler.',
      { location },
    )
  }
  return {
    executable,
    location,
    place: formatLocation(location),
    arguments: readArguments(description, 'arguments'),
    workerPath: readString(description, 'defaultWorkerPath') || undefined,
    workerArguments: readArguments(description, 'workerArguments'),
    workerDirectory: readString(description, 'workerDirectory') ?? '',
    workingDirectory: readString(description, 'workingDirectory') ?? '',
  }
}

/** An array of texts and numbers; app settings write it as the text of one. */
function readArguments(section: Section, name: string): readonly string[] {
  const entry = findEntry(section.values, name)
  if (!entry) return []
  const items = typeof entry.value === 'string' ? parseArray(entry.value) : entry.value
  if (!Array.isArray(items) || items.some((item) => typeof item === 'object'))
    throw wrongValue(section, entry, 'an array of strings')
  return items.map(String)
}

function parseArray(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // The caller says what was expected.
  }
}

function readForwarding(
  section: Section,
  name: 'customHandler' | 'httpWorker',
): CustomHandlerConfiguration['forwarding'] {
  const isForwarding = readBoolean(section, 'enableForwardingHttpRequest') ?? false
  const isProxying = readBoolean(section, 'enableProxyingHttpRequest') ?? false
  if (isProxying) return 'asSent'
  if (name === 'httpWorker') return 'byName'
  return isForwarding ? 'asSent' : 'none'
}

function readRoutes(http: Section): readonly CustomHandlerRoute[] {
  const fallback = readChoice(http, 'defaultAuthorizationLevel', authLevels) ?? 'function'
  const entry = findEntry(http.values, 'routes')
  if (!entry) return []
  if (!Array.isArray(entry.value)) throw wrongValue(http, entry, 'an array of objects with a route')
  const list: Section = { ...http, path: [...http.path, entry.key] }
  return entry.value.map((value: unknown, index) => {
    if (!isObject(value)) throw wrongValue(list, { key: String(index), value }, 'an object with a route')
    const item: Section = { ...list, path: [...list.path, String(index)], values: value }
    const route = readString(item, 'route') ?? ''
    if (route.trim() === '') throw wrongValue(list, { key: String(index), value }, 'an object with a route')
    return { route, authLevel: readChoice(item, 'authorizationLevel', authLevels) ?? fallback }
  })
}
