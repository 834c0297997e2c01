import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { openEngine } from '@aloft/engine'
import { Logger, systemClock } from '@aloft/kernel'
import { parseFilter, tableService } from '../../src/table/index.ts'
import { people } from './table-bench.ts'

const rounds = Number(process.env.ALOFT_CRASH_ROUNDS ?? 3)

test(`over ${rounds} crashes no acknowledged entity is missing, and transactions are whole or not there`, async () => {
  const directory = await mkdtemp(join(tmpdir(), 'aloft-table-'))
  const singles: string[] = []
  const groups: string[] = []
  const failed: string[] = []
  for (let round = 0; round < rounds; round++)
    for (const line of await runUntilKilled(directory, `r${round}`, 200 + 400 * round)) {
      const [kind, name = '', end] = line.split(' ')
      if (end === '.') (({ single: singles, group: groups, failed })[kind ?? ''] ?? []).push(name)
    }
  const log = new Logger(systemClock, [])
  const engine = await openEngine({ directory, clock: systemClock, log })
  const { store, close } = await tableService({ engine, clock: systemClock, log })
  const stored = new Set<string>()
  for await (const { rowKey } of store.queryAll(people, { filter: parseFilter("PartitionKey ge ''") }))
    stored.add(rowKey)
  assert.ok(singles.length > 0 && groups.length > 0 && failed.length > 0)
  for (const rowKey of singles) assert.ok(stored.has(rowKey), rowKey)
  const sizes = new Map<string, number>()
  for (const rowKey of stored) {
    const [group = '', index] = rowKey.split('/')
    if (index !== undefined) sizes.set(group, (sizes.get(group) ?? 0) + 1)
  }
  for (const group of groups) assert.equal(sizes.get(group), 20, group)
  for (const group of failed) assert.equal(sizes.get(group), undefined, group)
  assert.deepEqual([...new Set(sizes.values())], [20])
  await close?.()
  await engine.close()
  await rm(directory, { recursive: true })
})

/** The lines that the child wrote before it was killed, after `limit` of them. */
async function runUntilKilled(directory: string, prefix: string, limit: number): Promise<string[]> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'crash-child.ts'), directory, prefix], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines: string[] = []
  for await (const line of createInterface(child.stdout)) {
    lines.push(line)
    if (lines.length === limit) child.kill('SIGKILL')
  }
  assert.ok(lines.length >= limit, 'the child ended by itself')
  return lines
}
