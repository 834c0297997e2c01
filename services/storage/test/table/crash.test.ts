import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openEngine } from '@aloft/engine'
import { Logger, systemClock } from '@aloft/kernel'
import { tableService } from '../../src/table/index.ts'
import { crashRounds, killPoints, runUntilKilled } from '../killed-child.ts'
import { TableWitness } from './crash-witness.ts'

test(`over ${crashRounds} crashes no acknowledged change is missing, and transactions are whole or not there`, async () => {
  const directory = await mkdtemp(join(tmpdir(), 'aloft-table-'))
  const witness = new TableWitness()
  const script = join(import.meta.dirname, 'crash-child.ts')
  for (const [round, lines] of killPoints().entries()) {
    for (const line of await runUntilKilled(script, [directory, `r${round}`], lines)) witness.hear(line)
    const log = new Logger(systemClock, [])
    const engine = await openEngine({ directory, clock: systemClock, log })
    const { store, close } = await tableService({ engine, clock: systemClock, log })
    await witness.check(store)
    await close?.()
    await engine.close()
  }
  assert.ok(witness.facts > crashRounds * 10, `${witness.facts} facts`)
  await rm(directory, { recursive: true })
})
