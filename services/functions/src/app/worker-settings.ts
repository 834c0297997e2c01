/** Settings about the language worker that Azure heeds and this host, which has a worker of its own for Node.js, does not. */
import type { Settings } from '@aloft/kernel'

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

/** `~20`, `20.1.0`, `v20` and `20`. */
function majorOf(text: string | undefined): string | undefined {
  return /^\s*[~^v]*(\d+)/.exec(text ?? '')?.[1]
}

function spelt(name: string): string {
  return name.replaceAll(':', '__')
}
