/** local.settings.json: settings of the developer's machine, never deployed (Core Tools `AppSettingsFile`). */
import { join } from 'node:path'
import { type SettingValues, UserError } from '@aloft/kernel'
import {
  isObject,
  readBoolean,
  readInteger,
  readSection,
  readString,
  type Section,
  wrongValue,
} from './config-section.ts'
import { formatLocation, type JsonDocument, locate, readJsonDocument } from './json-document.ts'

const file = 'local.settings.json'

export interface LocalSettings {
  /** `Values`, and `ConnectionStrings` as `ConnectionStrings:<name>`. */
  readonly settings: SettingValues
  readonly port: number | undefined
  readonly address: string | undefined
  readonly cors: readonly string[] | undefined
  readonly corsCredentials: boolean | undefined
  readonly warnings: readonly string[]
}

const none: LocalSettings = {
  settings: {},
  port: undefined,
  address: undefined,
  cors: undefined,
  corsCredentials: undefined,
  warnings: [],
}

/** Reads the file of the app in `rootDirectory`; empty settings when there is none. Throws a UserError when it is unusable. */
export async function readLocalSettings(rootDirectory: string): Promise<LocalSettings> {
  const document = await readJsonDocument(join(rootDirectory, file), file)
  if (!document) return none
  const root: Section = { document, path: [], values: document.value, overrides: new Map() }
  const values = readSection(root, 'Values')
  const connections = readSection(root, 'ConnectionStrings')
  // Core Tools take a missing IsEncrypted for true; without values there is nothing to decrypt.
  const hasSecrets = Object.keys(values.values).length + Object.keys(connections.values).length > 0
  if (hasSecrets && readBoolean(root, 'IsEncrypted') !== false) throw isEncrypted(document)

  const host = readSection(root, 'Host')
  const warnings: string[] = []
  const settings = { ...readValues(values, warnings), ...readConnectionStrings(connections) }
  return {
    settings,
    port: readInteger(host, 'LocalHttpPort', { minimum: 0, maximum: 65_535 }),
    address: readString(host, 'LocalHttpAddress'),
    cors: readString(host, 'CORS')
      ?.split(',')
      .map((origin) => origin.trim())
      .filter(Boolean),
    corsCredentials: readBoolean(host, 'CORSCredentials'),
    warnings,
  }
}

function isEncrypted(document: JsonDocument): UserError {
  const location = locate(document, ['IsEncrypted'])
  const stated =
    'IsEncrypted' in document.value ? 'has' : 'does not set "IsEncrypted": false, which stands for'
  return new UserError(
    `${formatLocation(location)}: the file ${stated} encrypted values, which only the machine that encrypted them can read.`,
    { location, hint: 'Run `func settings decrypt` in the app folder, or set "IsEncrypted": false.' },
  )
}

function readValues(values: Section, warnings: string[]): Record<string, string> {
  const settings: Record<string, string> = {}
  for (const [name, value] of Object.entries(values.values)) {
    if (typeof value === 'string') settings[name] = value
    else {
      const at = formatLocation(locate(values.document, [...values.path, name]))
      warnings.push(
        `${at}: the value of '${name}' is not a string and was skipped; write it in double quotes.`,
      )
    }
  }
  return settings
}

function readConnectionStrings(section: Section): Record<string, string> {
  const settings: Record<string, string> = {}
  for (const [name, value] of Object.entries(section.values)) {
    const text = isObject(value) ? readString(readSection(section, name), 'ConnectionString') : value
    if (typeof text !== 'string') throw wrongValue(section, { key: name, value }, 'a connection string')
    settings[`ConnectionStrings:${name}`] = text
  }
  return settings
}
