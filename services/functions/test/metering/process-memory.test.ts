import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { residentBytes } from '../../src/metering/process-memory.ts'

const isTold = process.platform === 'linux'

test('the memory of a process is its resident set', { skip: !isTold }, () => {
  const measured = residentBytes([process.pid]) ?? 0
  assert.ok(Math.abs(measured / process.memoryUsage.rss() - 1) < 0.3, `${measured}`)
})

test('processes that a process started count with it', { skip: !isTold }, async (t) => {
  const before = residentBytes([process.pid]) ?? 0
  const child = spawn(process.execPath, ['-e', 'console.log(); setInterval(() => {}, 1000)'])
  t.after(() => child.kill())
  await once(child.stdout, 'data')
  const after = residentBytes([process.pid]) ?? 0
  assert.ok(after - before > 20 * 2 ** 20, `${after - before}`)
})

test('a process that has ended counts nothing', { skip: !isTold }, async () => {
  const child = spawn(process.execPath, ['-e', ''])
  await once(child, 'exit')
  assert.equal(residentBytes([child.pid!]), 0)
})
