/** Processes killed under load: nothing acknowledged is missing, and nothing is readable that was not written. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { openEngine } from '@aloft/engine'
import { Logger, systemClock } from '@aloft/kernel'
import { type BlobService, blobService } from '../../src/blob/index.ts'
import { defaultServiceProperties } from '../../src/protocol/service-properties.ts'
import { numberOf, testAddress } from './crash-content.ts'

const rounds = Number(process.env.ALOFT_CRASH_ROUNDS ?? 3)

/** What a child has said, by the name of the blob. -1 = deleted. */
class Witness {
  readonly acknowledged = new Map<string, number>()
  /** What was tried after that and may have happened. */
  readonly tried = new Map<string, number>()
  readonly appended = new Map<string, number>()
  readonly paged = new Map<string, Set<number>>()

  hear(line: string): void {
    const [verb, name = '', text = '', end] = line.split(' ')
    if (end !== '.') return
    const number = Number(text)
    if (verb === 'trying') this.tried.set(name, number)
    if (verb === 'stored') this.acknowledged.set(name, number)
    if (verb === 'appended') this.appended.set(name, number)
    if (verb === 'paging') this.paged.set(name, new Set([...(this.paged.get(name) ?? []), number]))
    if (verb === 'paged') this.paged.set(name, new Set([number]))
  }
}

test(`over ${rounds} crashes no acknowledged write is missing, and no blob has bytes that were not written`, async () => {
  const directory = await mkdtemp(join(tmpdir(), 'aloft-blob-'))
  const witness = new Witness()
  for (let round = 0; round < rounds; round++) {
    await runUntilKilled(directory, `r${round}`, 200 + 500 * round, witness)
    const log = new Logger(systemClock, [])
    const engine = await openEngine({ directory, clock: systemClock, log })
    const properties = () => defaultServiceProperties
    const service = await blobService({ engine, clock: systemClock, log, properties })
    await checkAgainst(service, witness)
    const { checked, damages } = await service.store.check({ damaged: 'report' })
    assert.ok(checked > 0)
    assert.deepEqual(damages, [])
    await service.close()
    await engine.close()
  }
  assert.ok(
    witness.acknowledged.size > 0 && witness.appended.size === rounds && witness.paged.size === rounds,
  )
  await rm(directory, { recursive: true })
})

async function checkAgainst({ store }: BlobService, witness: Witness): Promise<void> {
  const read = async (name: string): Promise<Buffer | undefined> => {
    try {
      const { content } = await store.open({ ...testAddress, name })
      if (content instanceof Uint8Array) return Buffer.from(content)
      const chunks: Uint8Array[] = []
      for await (const chunk of content) chunks.push(chunk)
      return Buffer.concat(chunks)
    } catch (error) {
      if ((error as { code?: string }).code === 'BlobNotFound') return undefined
      throw error
    }
  }
  for (const [name, number] of witness.acknowledged) {
    const content = await read(name)
    const found = content ? numberOf(name, content) : -1
    assert.ok(found === number || found === witness.tried.get(name), `${name} is ${found}, not ${number}`)
  }
  for (const [name, number] of witness.appended) {
    const text = (await read(name))?.toString() ?? ''
    const lines = text.split('\n').slice(0, -1)
    assert.ok(lines.length > number, `${name} has ${lines.length} lines after line ${number}`)
    assert.deepEqual(
      lines,
      lines.map((_, index) => String(index).padStart(7, '0')),
    )
  }
  for (const [name, fills] of witness.paged) {
    const content = await read(name)
    const first = content?.[0] ?? -1
    assert.ok(fills.has(first), `${name} is filled with ${first}`)
    const rest = content?.subarray(0, 4096 - 512)
    assert.ok(rest?.every((byte) => byte === first))
  }
}

async function runUntilKilled(
  directory: string,
  prefix: string,
  limit: number,
  witness: Witness,
): Promise<void> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'crash-child.ts'), directory, prefix], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let heard = 0
  for await (const line of createInterface(child.stdout)) {
    witness.hear(line)
    if (++heard === limit) child.kill('SIGKILL')
  }
  assert.ok(heard >= limit, 'the child ended by itself')
}
