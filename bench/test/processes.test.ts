import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { parsePs, parseStat, processTree } from '../harness/processes.ts'

test('CPU time is read from /proc even when the program has a name with spaces and parentheses', () => {
  const stat = '42 (a) b (c) S 7 42 42 0 -1 4194560 1 0 0 0 120 34 0 0 20 0 11 0 1 1 1 18446744073709551615'
  assert.deepEqual(parseStat(stat), { parentPid: 7, cpuMs: 1540 })
})

test('the lines of ps are read with and without hours and days', () => {
  const text = '    1     0  1024   0:01.50\n   20     1  2048 01:02:03\n   21    20    16 2-00:00:01\n'
  assert.deepEqual(parsePs(text), [
    { pid: 1, parentPid: 0, rssBytes: 1_048_576, cpuMs: 1500 },
    { pid: 20, parentPid: 1, rssBytes: 2_097_152, cpuMs: 3_723_000 },
    { pid: 21, parentPid: 20, rssBytes: 16_384, cpuMs: 172_801_000 },
  ])
})

test('a process is found with its CPU time, its memory and its children', async () => {
  const child = spawn(process.execPath, ['-e', 'console.log(1); process.stdin.resume()'])
  try {
    await once(child.stdout, 'data')
    const tree = processTree(process.pid)
    assert.equal(tree[0]?.pid, process.pid)
    assert.ok(tree[0].cpuMs > 0)
    const found = tree.find((facts) => facts.pid === child.pid)
    assert.equal(found?.parentPid, process.pid)
    assert.ok(found.rssBytes > 2 ** 20)
  } finally {
    child.kill('SIGKILL')
  }
})

test('there is nothing to say of a process that does not exist', () => {
  assert.deepEqual(processTree(-1), [])
})
