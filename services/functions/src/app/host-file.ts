/** host.json as a document: read, or written with defaults, with the app settings that override it laid over it. */
import { access, constants, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Settings, UserError } from '@aloft/kernel'
import type { Section } from './config-section.ts'
import { withProfile } from './configuration-profile.ts'
import {
  formatLocation,
  type JsonDocument,
  locate,
  parseJsonDocument,
  readJsonDocument,
} from './json-document.ts'
import { spellPath, withValue } from './value-at-path.ts'

const file = 'host.json'
const prefix = 'AzureFunctionsJobHost'
const defaultHostJson = {
  version: '2.0',
  extensionBundle: { id: 'Microsoft.Azure.Functions.ExtensionBundle', version: '[4.*, 5.0.0)' },
}

export interface HostFile {
  /** The root of host.json; overrides are in. */
  readonly root: Section
  readonly warnings: readonly string[]
}

/**
 * Reads host.json of the app in `rootDirectory`. A missing or empty one is written with the default extension
 * bundle when the folder is writable. Throws a UserError for bad JSON and for a version other than "2.0".
 */
export async function readHostFile(rootDirectory: string, settings: Settings): Promise<HostFile> {
  const path = join(rootDirectory, file)
  const found = await readJsonDocument(path, file)
  const isMissing = !found || Object.keys(found.value).length === 0
  const document = isMissing ? defaultDocument() : found
  checkVersion(document)
  return {
    root: withProfile(applyOverrides(document, settings)),
    warnings: isMissing ? [await writeDefault(path, document.text)] : [],
  }
}

/** What host.json is to an app whose files are not there. */
export function defaultHostFile(settings: Settings): HostFile {
  return { root: withProfile(applyOverrides(defaultDocument(), settings)), warnings: [] }
}

function defaultDocument(): JsonDocument {
  return parseJsonDocument(JSON.stringify(defaultHostJson, undefined, 2), file)
}

async function writeDefault(path: string, text: string): Promise<string> {
  const isWritable = await access(join(path, '..'), constants.W_OK)
    .then(() => writeFile(path, `${text}\n`))
    .then(
      () => true,
      () => false,
    )
  return isWritable
    ? `No host.json was found; a default one was written to ${path}.`
    : `No host.json was found and ${path} cannot be written; the defaults apply.`
}

function checkVersion(document: JsonDocument): void {
  const { version } = document.value
  if (version === '2.0') return
  const location = locate(document, ['version'])
  const at = formatLocation(location)
  if (version === undefined || version === null || version === '') {
    throw new UserError(`${at}: the required property 'version' is missing; expected "version": "2.0".`, {
      location,
    })
  }
  throw new UserError(`${at}: 'version' is ${JSON.stringify(version)}, but expected "2.0".`, {
    location,
    hint: 'It is the version of the schema of host.json, not of the Functions runtime.',
  })
}

/** Lays `AzureFunctionsJobHost__a__b=value` over the file's `a.b`. */
function applyOverrides(document: JsonDocument, settings: Settings): Section {
  const overrides = new Map<string, string>()
  let values: Readonly<Record<string, unknown>> = document.value
  // In order, so that the items of a list come one after another.
  const inOrder = Object.entries(settings.section(prefix)).toSorted(([left], [right]) =>
    left.localeCompare(right, 'en', { numeric: true }),
  )
  for (const [name, value] of inOrder) {
    const written = spellPath(values, name.split(':'))
    overrides.set(written.join('.').toLowerCase(), `${prefix}__${name.replaceAll(':', '__')}`)
    values = withValue(values, written, toJsonValue(value)) as Readonly<Record<string, unknown>>
  }
  return { document, path: [], values, overrides }
}

/** Settings are text; readers of host.json expect numbers and booleans. Text that would not come back the same stays. */
function toJsonValue(text: string): unknown {
  const lower = text.toLowerCase()
  if (lower === 'true' || lower === 'false') return lower === 'true'
  return text !== '' && String(Number(text)) === text && Number.isFinite(Number(text)) ? Number(text) : text
}
