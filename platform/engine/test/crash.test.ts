import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { openEngine } from '@aloft/engine'
import { Logger } from '@aloft/kernel'
import { VirtualClock } from '@aloft/kernel/testing'
import fc from 'fast-check'
import { CrashWitness } from './crash-witness.ts'
import { temporaryDirectory } from './sqlite-backend.ts'

const rounds = Number(process.env.ALOFT_CRASH_ROUNDS ?? 8)
const seed = Number(process.env.ALOFT_SEED ?? 1)

test(`nothing acknowledged is lost, and nothing comes back, over ${rounds} crashes`, async () => {
  const directory = await temporaryDirectory()
  const witness = new CrashWitness()
  // How much each child gets to say before it is killed; a few die while they start.
  const limits = fc.sample(fc.oneof(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 50, max: 3_000 })), {
    seed,
    numRuns: rounds,
  })
  let aheadMs = 0
  for (const [round, limit] of limits.entries()) {
    await runUntilKilled(directory, round * 1_000_000, aheadMs, limit, witness)
    const clock = new VirtualClock(Date.now() + aheadMs)
    const engine = await openEngine({ directory, clock, log: new Logger(clock, []) })
    await witness.check(engine, clock, directory)
    await engine.close()
    aheadMs = clock.now() - Date.now() + 1_000
  }
  assert.ok(witness.facts > rounds * 10, `${witness.facts} facts`)
  await rm(directory, { recursive: true })
})

async function runUntilKilled(
  directory: string,
  firstNumber: number,
  aheadMs: number,
  limit: number,
  witness: CrashWitness,
): Promise<void> {
  const script = join(import.meta.dirname, 'crash-child.ts')
  const args = [
    '--disable-warning=ExperimentalWarning',
    script,
    directory,
    String(firstNumber),
    String(aheadMs),
  ]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const exit = once(child, 'exit')
  let heard = 0
  for await (const line of createInterface({ input: child.stdout })) {
    // The last line may be cut off.
    if (line.endsWith(' .')) witness.hear(line)
    if (++heard === limit) child.kill('SIGKILL')
  }
  const [code, signal] = await exit
  assert.equal(signal, 'SIGKILL', `the child ended by itself with ${code}`)
}
