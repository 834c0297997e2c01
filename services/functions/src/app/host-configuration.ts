/** host.json's meaning: every option that the host reads, checked, with its default (docs: host.json reference). */
import { type LogLevel, logLevels, UserError } from '@aloft/kernel'
import type { HostConfiguration, HttpConfiguration } from '../contracts.ts'
import {
  findEntry,
  readBoolean,
  readChoice,
  readInteger,
  readSection,
  readString,
  readStringList,
  readStringMap,
  readTimeSpanMs,
  type Section,
  wrongValue,
} from './config-section.ts'
import { readCustomHandler } from './custom-handler.ts'
import { readConcurrency, readHealthMonitor, readSingleton } from './host-operation.ts'
import { formatLocation, locate } from './json-document.ts'
import { readRetryPolicy } from './retry-policy.ts'

const fileLoggingModes = ['never', 'always', 'debugOnly'] as const
const defaultTimeoutMs = 30 * 60_000
const alwaysWatched = ['host.json', 'function.json', 'proxies.json', 'local.settings.json']
/** A NuGet version range such as `[4.*, 5.0.0)`, `[3.3.0]` or a plain version. */
const versionRange = /^(?:[[(]\s*[\d.*]*\s*(?:,\s*[\d.*]*\s*)?[\])]|\d[\d.*]*)$/

/** Checks the whole file. Throws a UserError with key and line for the first value of the wrong kind; unknown keys never fail. */
export function parseHostConfiguration(root: Section): HostConfiguration {
  checkOptionsOfOthers(root)
  const extensions = readSection(root, 'extensions')
  const extensionNames = Object.keys(extensions.values)
  return {
    functionTimeoutMs: readFunctionTimeout(root),
    functions: readStringList(root, 'functions'),
    retry: readRetryPolicy(readSection(root, 'retry')),
    watchDirectories: readStringList(root, 'watchDirectories') ?? [],
    watchFiles: [...new Set([...alwaysWatched, ...(readStringList(root, 'watchFiles') ?? [])])],
    http: readHttp(readSection(extensions, 'http')),
    logLevels: readLogLevels(readSection(readSection(root, 'logging'), 'logLevel')),
    fileLoggingMode:
      readChoice(readSection(root, 'logging'), 'fileLoggingMode', fileLoggingModes) ?? 'debugOnly',
    extensionBundle: readExtensionBundle(readSection(root, 'extensionBundle')),
    customHandler: readCustomHandler(root),
    concurrency: readConcurrency(readSection(root, 'concurrency')),
    healthMonitor: readHealthMonitor(readSection(root, 'healthMonitor')),
    singleton: readSingleton(readSection(root, 'singleton')),
    extensions: Object.fromEntries(
      extensionNames.map((name) => [name, readSection(extensions, name).values]),
    ),
    raw: root.values,
  }
}

function readFunctionTimeout(root: Section): number | undefined {
  const entry = findEntry(root.values, 'functionTimeout')
  if (!entry) return defaultTimeoutMs
  return String(entry.value) === '-1' ? undefined : readTimeSpanMs(root, 'functionTimeout', { minimum: 1000 })
}

function readHttp(http: Section): HttpConfiguration {
  const limit = { minimum: -1 }
  // Nothing of ours depends on it; a wrong value is still the user's to know of.
  readBoolean(http, 'enableChunkedRequestBinding')
  return {
    routePrefix: (readString(http, 'routePrefix') ?? 'api').replace(/^\/+|\/+$/g, ''),
    maxOutstandingRequests: readInteger(http, 'maxOutstandingRequests', limit) ?? -1,
    maxConcurrentRequests: readInteger(http, 'maxConcurrentRequests', limit) ?? -1,
    refusesWhenOverloaded: readBoolean(http, 'dynamicThrottlesEnabled') ?? false,
    customHeaders: readStringMap(readSection(http, 'customHeaders')),
    hsts: readHsts(readSection(http, 'hsts')),
  }
}

function readHsts(hsts: Section): HttpConfiguration['hsts'] {
  const isEnabled = readBoolean(hsts, 'isEnabled') ?? false
  const maxAgeMs = readTimeSpanMs(hsts, 'maxAge') ?? 30 * 86_400_000
  const includeSubDomains = readBoolean(hsts, 'includeSubDomains') ?? false
  const preload = readBoolean(hsts, 'preload') ?? false
  const excludedHosts = readStringList(hsts, 'excludedHosts') ?? ['localhost', '127.0.0.1', '[::1]']
  if (!isEnabled) return undefined
  return { maxAgeSeconds: Math.floor(maxAgeMs / 1000), includeSubDomains, preload, excludedHosts }
}

function readLogLevels(section: Section): Readonly<Record<string, LogLevel>> {
  const levels = Object.keys(section.values).flatMap((category) => {
    const level = readChoice(section, category, logLevels)
    return level ? [[category, level] as const] : []
  })
  return Object.fromEntries(levels)
}

function readExtensionBundle(bundle: Section): HostConfiguration['extensionBundle'] {
  if (Object.keys(bundle.values).length === 0) return undefined
  const id = readString(bundle, 'id')
  const version = readString(bundle, 'version')
  if (!id || !version) {
    const location = locate(bundle.document, bundle.path)
    throw new UserError(`${formatLocation(location)}: 'extensionBundle' needs both 'id' and 'version'.`, {
      location,
    })
  }
  if (!versionRange.test(version.trim())) {
    throw wrongValue(bundle, { key: 'version', value: version }, 'a version range such as [4.*, 5.0.0)')
  }
  return { id, version }
}

/** Options that other parts read from `raw`: what is wrong with them is said here, with its line. */
function checkOptionsOfOthers(root: Section): void {
  readChoice(root, 'telemetryMode', ['ApplicationInsights', 'OpenTelemetry'])
  readBoolean(root, 'sendCanceledInvocationsToWorker')
  readTimeSpanMs(root, 'metadataProviderTimeout')
  const logging = readSection(root, 'logging')
  readBoolean(readSection(logging, 'console'), 'isEnabled')
}
