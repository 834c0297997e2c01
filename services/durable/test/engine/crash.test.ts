import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openTaskHubs } from '@aloft/durable'
import { openEngine } from '@aloft/engine'
import { systemClock as clock, Logger } from '@aloft/kernel'
import { chainFunctions } from './crash-functions.ts'
import { outputOf } from './hub-fixture.ts'
import { stubExecutor } from './replay-executor.ts'

const child = fileURLToPath(new URL('./crash-child.ts', import.meta.url))

test('what was acknowledged before a kill comes to its end afterwards, once', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'aloft-durable-crash-'))
  t.after(() => rmSync(directory, { recursive: true }))
  const acknowledged: string[] = []
  for (const prefix of ['a', 'b', 'c']) acknowledged.push(...(await runUntilKilled(directory, prefix)))
  const log = new Logger(clock, [])
  const engine = await openEngine({ directory, clock, log })
  const hubs = await openTaskHubs({ engine, clock, log })
  const hub = await hubs.hub('Crash', stubExecutor(chainFunctions))
  assert.ok(acknowledged.length > 100, `${acknowledged.length} starts`)
  for (const instanceId of acknowledged) {
    assert.equal(await outputOf(hub, instanceId), 10)
    const ids = (await hub.history(instanceId)).map(({ TaskScheduledId }) => TaskScheduledId)
    const completed = ids.filter((id) => id !== undefined)
    assert.deepEqual(completed, [0, 1, 2, 3])
  }
  // A signal whose acknowledgement was lost with the process may count as well: at most one for each caller and kill.
  const count = Number((await hub.entity('@counter@all'))?.state)
  assert.ok(count >= acknowledged.length && count <= acknowledged.length + 60, `${count} signals`)
  await hubs.close()
  await engine.close()
})

/** The starts that the process has told of. */
async function runUntilKilled(directory: string, prefix: string): Promise<string[]> {
  const killed = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', child, directory, prefix],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  const ids: string[] = []
  for await (const line of createInterface({ input: killed.stdout })) {
    ids.push(line)
    if (ids.length === 120) killed.kill('SIGKILL')
  }
  return ids
}
