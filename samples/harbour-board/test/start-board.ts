import { fileURLToPath } from 'node:url'
import { type RunningSample, runSample } from '../../run-sample.ts'

/** Starts the board, with a tide that never comes by itself. */
export function startBoard(): Promise<RunningSample> {
  return runSample(fileURLToPath(new URL('..', import.meta.url)), { TIDE_SCHEDULE: '0 0 0 1 1 *' })
}
