/** All checks, in the order in which they are shown. */
import { type Clock, ensureError, UserError } from '@aloft/kernel'
import {
  checkConfiguration,
  checkEntryPoint,
  checkLibrary,
  checkLocalSettings,
  type LoadedConfiguration,
  loadConfiguration,
} from './app-checks.ts'
import { checkCustomHandler } from './custom-handler-check.ts'
import type { Check, Finding, Patient } from './finding.ts'
import {
  checkDataDirectory,
  checkDisk,
  checkNode,
  checkPorts,
  checkTrust,
  type WantedPort,
} from './machine-checks.ts'

const defaultAppPort = 7071

/** Runs every check; one that breaks becomes a warning, so that the others are still heard. */
export async function examine(patient: Patient, clock: Clock): Promise<readonly Finding[]> {
  const loaded = await loadConfiguration(patient, clock)
  const appPort = loaded instanceof UserError ? undefined : loaded?.localHost.port
  const checks: readonly Check[] = [
    checkNode,
    checkDataDirectory,
    checkDisk,
    () => checkPorts(wantedPorts(appPort ?? defaultAppPort)),
    async () => checkConfiguration(loaded, patient),
    checkLocalSettings,
    ...codeChecks(loaded),
    checkTrust,
  ]
  const found = await Promise.all(checks.map((check) => check(patient).catch(brokenCheck)))
  return found.flat()
}

/** A custom handler answers whatever else is in the folder. */
function codeChecks(loaded: LoadedConfiguration): readonly Check[] {
  const isCustom = loaded && !(loaded instanceof UserError) && loaded.runtime === 'custom'
  return isCustom ? [(patient) => checkCustomHandler(loaded, patient)] : [checkEntryPoint, checkLibrary]
}

function wantedPorts(appPort: number): readonly WantedPort[] {
  return [
    { port: appPort, use: 'function apps', otherwise: ', or choose another port with --port' },
    { port: 7070, use: 'the portal and the management API', otherwise: '' },
  ]
}

function brokenCheck(thrown: unknown): readonly Finding[] {
  const message = `a check could not be made: ${ensureError(thrown).message}`
  return [{ check: 'doctor', level: 'warn', message, mend: 'See whether the folder can be read.' }]
}
