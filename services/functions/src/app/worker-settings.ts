/** Settings about the language worker that Azure heeds and this host, which has a worker of its own for Node.js, does not. */
import { access, constants } from 'node:fs/promises'
import { resolve } from 'node:path'
import { type Settings, UserError } from '@aloft/kernel'

const executable = 'languageWorkers:node:defaultExecutablePath'
const directories = ['languageWorkers:workersDirectory', 'languageWorkers:node:workerDirectory']
const version = 'FUNCTIONS_WORKER_RUNTIME_VERSION'

/** @param nodeVersion of the process in which the app's code runs unless the settings name another one, e.g. `24.1.0` */
export function workerSettingWarnings(
  settings: Settings,
  runtime: string,
  nodeVersion: string = process.versions.node,
): readonly string[] {
  if (runtime !== 'node') return []
  const ignored = directories
    .filter((name) => settings.get(name))
    .map(
      (name) =>
        `${spelt(name)} has no effect: Aloft's own worker for Node.js runs. For another Node.js set ${spelt(executable)}.`,
    )
  const wanted = majorOf(settings.get(version))
  const isOther = wanted !== undefined && wanted !== majorOf(nodeVersion) && !settings.get(executable)
  const other = `${version} asks for Node.js ${wanted}; the app runs on Node.js ${nodeVersion}. For another Node.js set ${spelt(executable)}.`
  return isOther ? [...ignored, other] : ignored
}

/**
 * Checks that the program is there that the settings name for the app's code; a name alone is looked for on the PATH.
 * @throws UserError
 */
export async function checkExecutable(
  settings: Settings,
  runtime: string,
  rootDirectory: string,
): Promise<void> {
  const path = settings.get(executable)
  // Windows knows programs by more than one name.
  if (runtime !== 'node' || !path || !/[\\/]/.test(path) || process.platform === 'win32') return
  try {
    await access(resolve(rootDirectory, path), constants.X_OK)
  } catch (error) {
    throw new UserError(
      `There is no program at ${path}, which ${spelt(executable)} names for the app's code.`,
      {
        hint: 'Correct the setting, or leave it out: the Node.js that runs Aloft runs the app then.',
        cause: error,
      },
    )
  }
}

/** `~20`, `20.1.0`, `v20` and `20`. */
function majorOf(text: string | undefined): string | undefined {
  return /^\s*[~^v]*(\d+)/.exec(text ?? '')?.[1]
}

function spelt(name: string): string {
  return name.replaceAll(':', '__')
}
