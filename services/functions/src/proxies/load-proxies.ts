/** Reads proxies.json. */
import { join } from 'node:path'
import { ensureError, UserError } from '@aloft/kernel'
import {
  findEntry,
  formatLocation,
  locate,
  readJsonDocument,
  readSection,
  type Section,
} from '../app/index.ts'
import type { AppConfiguration, FunctionProblem } from '../contracts.ts'
import { compareIgnoringCase } from '../http/index.ts'
import { normalizeProxyName, type ProxyDefinition, readProxy } from './definition.ts'

const file = 'proxies.json'

export interface LoadedProxies {
  /** In the order in which they match: ascending by name, ignoring case. */
  readonly proxies: readonly ProxyDefinition[]
  /** Proxies that do not work, and why. One bad proxy never stops the others. */
  readonly problems: readonly FunctionProblem[]
  /** Why the whole file cannot be used. */
  readonly fileError: string | undefined
  readonly warnings: readonly string[]
}

const none: LoadedProxies = { proxies: [], problems: [], fileError: undefined, warnings: [] }

/** The proxies of the app; none without the file. Never rejects for what the file says. */
export async function loadProxies(app: AppConfiguration): Promise<LoadedProxies> {
  try {
    const document = await readJsonDocument(join(app.context.rootDirectory, file), file)
    if (!document) return none
    const root: Section = { document, path: [], values: document.value, overrides: new Map() }
    return readProxies(app, readSection(root, 'proxies'))
  } catch (thrown) {
    return { ...none, fileError: ensureError(thrown).message }
  }
}

function readProxies({ context, host }: AppConfiguration, section: Section): LoadedProxies {
  const byName = new Map<string, ProxyDefinition>()
  const problems: FunctionProblem[] = []
  const warnings: string[] = []
  const isWanted = (name: string) =>
    !host.functions || host.functions.some((wanted) => wanted.toLowerCase() === name.toLowerCase())
  for (const key of Object.keys(section.values)) {
    const name = normalizeProxyName(key)
    if (!findEntry(section.values, key) || !isWanted(name)) continue
    try {
      const { definition, warnings: found } = readProxy(section, key, context.setting)
      if (byName.has(name.toLowerCase())) throw nameTaken(section, key, name)
      byName.set(name.toLowerCase(), definition)
      warnings.push(...found)
    } catch (thrown) {
      problems.push({ name: name || key, message: ensureError(thrown).message })
    }
  }
  const proxies = [...byName.values()].sort((one, other) => compareIgnoringCase(one.name, other.name))
  return { proxies, problems, fileError: undefined, warnings }
}

function nameTaken({ document, path }: Section, key: string, name: string): UserError {
  const location = locate(document, [...path, key])
  return new UserError(
    `${formatLocation(location)}: the function or proxy name '${name}' must be unique within the function app.`,
    { location },
  )
}
