/** The end of what runs, once the user wants it. */
import type { Clock, LineOutput } from '@aloft/kernel'
import type { Platform } from '../compose.ts'

/** Functions that run have this long to end (host: `ScriptHost` shutdown). */
const graceMs = 10_000
/** After this long, whoever pressed Ctrl+C is told what is being waited for. */
const patienceMs = 1000

/** Lets what runs end, and says what is being waited for. */
export async function closePlatform(platform: Platform, clock: Clock, output: LineOutput): Promise<void> {
  const deadline = new AbortController()
  const timers = [
    clock.after(graceMs, () => deadline.abort()),
    clock.after(patienceMs, () =>
      output.print(`Waiting up to ${graceMs / 1000} seconds for what runs. Ctrl+C again ends it at once.\n`),
    ),
  ]
  await platform.close(deadline.signal)
  for (const timer of timers) timer.cancel()
}

/** Resolves when `signal` aborts. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((done) => signal.addEventListener('abort', () => done(), { once: true }))
}
