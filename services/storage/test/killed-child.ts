/** Processes that are killed in the middle of their work. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import fc from 'fast-check'

/** `ALOFT_CRASH_ROUNDS=50 ./aloft test …` kills more often. */
export const crashRounds = Number(process.env.ALOFT_CRASH_ROUNDS ?? 3)

/** How many lines each child gets to say: the same in every run, unless `ALOFT_SEED` says otherwise. */
export function killPoints(): number[] {
  const seed = Number(process.env.ALOFT_SEED ?? 1)
  return fc.sample(fc.integer({ min: 50, max: 2_000 }), { seed, numRuns: crashRounds })
}

/**
 * Runs a script until it has said so many lines, and kills it.
 * @returns what it said, without the full stop that ends a whole line; what came while it was killed is among it
 */
export async function runUntilKilled(
  script: string,
  args: readonly string[],
  lines: number,
): Promise<string[]> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const said: string[] = []
  let count = 0
  for await (const line of createInterface(child.stdout)) {
    if (line.endsWith(' .')) said.push(line.slice(0, -2))
    if (++count === lines) child.kill('SIGKILL')
  }
  assert.ok(count >= lines, 'the child ended by itself')
  return said
}
