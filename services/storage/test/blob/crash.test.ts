/** Processes killed under load: nothing acknowledged is missing, and nothing is readable that was not written. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openEngine } from '@aloft/engine'
import { Logger, systemClock } from '@aloft/kernel'
import { blobService } from '../../src/blob/index.ts'
import { defaultServiceProperties } from '../../src/protocol/service-properties.ts'
import { crashRounds, killPoints, runUntilKilled } from '../killed-child.ts'
import { BlobWitness } from './crash-witness.ts'

test(`over ${crashRounds} crashes no acknowledged write is missing, and no blob has bytes that were not written`, async () => {
  const directory = await mkdtemp(join(tmpdir(), 'aloft-blob-'))
  const witness = new BlobWitness()
  const script = join(import.meta.dirname, 'crash-child.ts')
  for (const [round, lines] of killPoints().entries()) {
    for (const line of await runUntilKilled(script, [directory, `r${round}`], lines)) witness.hear(line)
    const log = new Logger(systemClock, [])
    const engine = await openEngine({ directory, clock: systemClock, log })
    const properties = () => defaultServiceProperties
    const service = await blobService({ engine, clock: systemClock, log, properties })
    await witness.check(engine, service.store)
    const { checked, damages } = await service.store.check({ damaged: 'report' })
    assert.ok(checked > 0)
    assert.deepEqual(damages, [])
    await service.close()
    await engine.close()
  }
  assert.ok(witness.facts > crashRounds * 10, `${witness.facts} facts`)
  await rm(directory, { recursive: true })
})
