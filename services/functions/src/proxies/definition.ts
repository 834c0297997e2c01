/** One proxy of proxies.json, checked and compiled. */
import { ensureError, UserError } from '@aloft/kernel'
import { parseRoute, type RouteTemplate } from '@aloft/wire/http'
import {
  formatLocation,
  locate,
  readBoolean,
  readSection,
  readString,
  readStringList,
  type Section,
} from '../app/index.ts'
import { checkNotReserved, methodsOf } from '../http/index.ts'
import { type BackEndUri, compileBackEndUri } from './back-end-uri.ts'
import {
  notesOf,
  type RequestOverrides,
  type ResponseOverrides,
  readRequestOverrides,
  readResponseOverrides,
  unknownOverrides,
} from './overrides.ts'
import { parseTemplate, type TemplateContext } from './template.ts'

export interface ProxyDefinition {
  /** What is left of the name in the file without the characters that names of functions cannot have. */
  readonly name: string
  /** As shown to users, without a leading `/`. host.json's `routePrefix` is no part of it. */
  readonly route: string
  readonly template: RouteTemplate
  /** Upper case; undefined = every method. */
  readonly methods: readonly string[] | undefined
  /** Undefined: the answer is made of `response` alone. */
  readonly backEnd: BackEndUri | undefined
  readonly request: RequestOverrides
  readonly response: ResponseOverrides
  /** Its requests are answered 404. */
  readonly isDisabled: boolean
  /** True: every exchange is traced; false: none; undefined: when the client asks for it. */
  readonly debug: boolean | undefined
}

export interface ReadProxy {
  readonly definition: ProxyDefinition
  readonly warnings: readonly string[]
}

/** Names of proxies follow the rules of function names (host `ProxyFunctionProvider.NormalizeProxyName`). */
export function normalizeProxyName(name: string): string {
  return name.replace(/[^\w-]/g, '')
}

/**
 * @param proxies the section of that name
 * @param writtenName its key in the file
 * @throws UserError that says where, for what keeps this proxy from working
 */
export function readProxy(
  proxies: Section,
  writtenName: string,
  setting: TemplateContext['setting'],
): ReadProxy {
  const section = readSection(proxies, writtenName)
  const name = normalizeProxyName(writtenName)
  if (name === '') throw failure(section, [], 'the name of a proxy must have a letter, a digit, a - or a _')

  const match = readSection(section, 'matchCondition')
  const route = readString(match, 'route')
  if (!route) throw failure(section, ['matchCondition'], "'matchCondition.route' is missing")
  const template = located(section, ['matchCondition', 'route'], () => parseOwnRoute(route, name))

  const context = { setting, parameters: template.parameters.map((parameter) => parameter.name) }
  const backEndText = readString(section, 'backendUri')
  const backEnd = backEndText ? parseTemplate(backEndText, context) : undefined
  const requestSection = readSection(section, 'requestOverrides')
  const responseSection = readSection(section, 'responseOverrides')
  const request = readRequestOverrides(requestSection, context)
  const response = readResponseOverrides(responseSection, context)
  const methods = methodsOf(readStringList(match, 'methods'))
  return {
    definition: {
      name,
      route: template.text,
      template,
      methods: methods && [...methods],
      backEnd: backEnd && located(section, ['backendUri'], () => compileBackEndUri(backEnd), backEnd.notes),
      request,
      response,
      isDisabled: readBoolean(section, 'disabled') ?? false,
      debug: readBoolean(section, 'debug'),
    },
    warnings: [
      ...unknownOverrides(requestSection, responseSection).map((key) => `there is no override '${key}'`),
      ...[...(backEnd?.notes ?? []), ...notesOf(request, response)],
    ].map((clause) => failure(section, [], clause).message),
  }
}

function parseOwnRoute(route: string, name: string): RouteTemplate {
  const template = parseRoute(route)
  checkNotReserved(template, name)
  return template
}

/** What `make` returns; its error becomes one that says where it lies. @param notes what may have caused it */
function located<Value>(
  section: Section,
  path: readonly string[],
  make: () => Value,
  notes: readonly string[] = [],
): Value {
  try {
    return make()
  } catch (thrown) {
    const reason = ensureError(thrown).message.replace(/\.$/, '')
    throw failure(section, path, [reason, ...notes].join('; '))
  }
}

/** @param path below the section */
function failure(section: Section, path: readonly string[], clause: string): UserError {
  const location = locate(section.document, [...section.path, ...path])
  return new UserError(`${formatLocation(location)}: ${clause}.`, { location })
}
