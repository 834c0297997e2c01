/** Which language worker an app needs. */
import { readdir } from 'node:fs/promises'
import { type Settings, UserError } from '@aloft/kernel'
import { hasCustomHandler } from './custom-handler.ts'

const setting = 'FUNCTIONS_WORKER_RUNTIME'
const known = ['node', 'python', 'java', 'powershell', 'dotnet-isolated', 'dotnet', 'custom'] as const

/** A value of `FUNCTIONS_WORKER_RUNTIME`. */
export type WorkerRuntime = (typeof known)[number]

/** Files that give a language away, by the runtime; tried in this order. */
const evidence: readonly (readonly [WorkerRuntime, RegExp])[] = [
  ['node', /^package\.json$/],
  ['python', /^(?:function_app\.py|requirements\.txt|pyproject\.toml)$/],
  ['dotnet-isolated', /\.(?:cs|fs)proj$|^worker\.config\.json$/],
  ['java', /^(?:pom\.xml|build\.gradle(?:\.kts)?)$/],
  ['powershell', /^(?:profile\.ps1|requirements\.psd1)$/],
]

export interface RuntimeChoice {
  readonly runtime: WorkerRuntime
  readonly warning: string | undefined
}

/**
 * The runtime that the settings name, else the one that the app's files show (with a warning). A custom handler
 * goes before: in Azure it runs whatever the setting says.
 * Throws a UserError for a runtime that does not exist or is not among `supported`.
 */
export async function determineRuntime(
  settings: Settings,
  rootDirectory: string,
  hostJson: Readonly<Record<string, unknown>>,
  supported: readonly WorkerRuntime[],
): Promise<RuntimeChoice> {
  const stated = settings.get(setting)?.trim()
  if (stated && hasCustomHandler(hostJson)) return customRuntime(parseRuntime(stated), supported)
  const found = stated ? parseRuntime(stated) : await detectRuntime(rootDirectory, hostJson)
  const runtime = found ?? 'node'
  checkSupported(runtime, supported)
  const reason = found ? 'judging by the files of the app' : 'the default'
  const warning = `${setting} is not set; '${runtime}' is used, ${reason}. Set it in local.settings.json (Values) or the environment.`
  return { runtime, warning: stated ? undefined : warning }
}

function customRuntime(stated: WorkerRuntime, supported: readonly WorkerRuntime[]): RuntimeChoice {
  checkSupported('custom', supported)
  const warning = `${setting} is '${stated}', but host.json has a custom handler; that is what runs. Set ${setting} to custom.`
  return { runtime: 'custom', warning: stated === 'custom' ? undefined : warning }
}

function parseRuntime(stated: string): WorkerRuntime {
  const runtime = known.find((name) => name === stated.toLowerCase())
  if (runtime) return runtime
  throw new UserError(`${setting} is '${stated}', but expected one of ${known.join(', ')}.`, {
    hint: `Set ${setting} in local.settings.json (Values) or in the environment.`,
  })
}

function checkSupported(runtime: WorkerRuntime, supported: readonly WorkerRuntime[]): void {
  if (supported.includes(runtime)) return
  const why =
    runtime === 'dotnet'
      ? 'In-process .NET needs the .NET host itself; an app of the isolated worker model (dotnet-isolated) does not.'
      : `This host runs ${supported.join(', ')}.`
  throw new UserError(`The worker runtime '${runtime}' is not supported here. ${why}`, {
    hint: `If the app is of another language, correct ${setting}.`,
  })
}

async function detectRuntime(
  rootDirectory: string,
  hostJson: Readonly<Record<string, unknown>>,
): Promise<WorkerRuntime | undefined> {
  if (hasCustomHandler(hostJson)) return 'custom'
  const files = await readdir(rootDirectory)
  return evidence.find(([, pattern]) => files.some((name) => pattern.test(name)))?.[0]
}
