/** Ctrl+C and SIGTERM as an AbortSignal. */
import { constants } from 'node:os'

let stopping: AbortController | undefined

/** The first signal asks for an orderly end; the second one ends the process at once. */
export function stopSignal(): AbortSignal {
  if (stopping) return stopping.signal
  const controller = new AbortController()
  stopping = controller
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(128 + constants.signals[name])
      controller.abort(name)
    })
  }
  return controller.signal
}
