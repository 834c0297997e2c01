import assert from 'node:assert/strict'
import { test } from 'node:test'
import { growthOf } from '../harness/memory-watch.ts'
import { startServer } from '../harness/server-process.ts'
import { aloft, streamApp } from '../harness/servers.ts'
import { renderStreamReport } from '../harness/stream-report.ts'
import { holdRequests, streamThrough } from '../harness/streams.ts'

test('bytes come back as they were sent, and held requests are all answered', async () => {
  const { command } = aloft('aloft start', {}, streamApp)
  await using server = await startServer(command, { path: '/api/hello', timeoutMs: 60_000 })
  const stream = await streamThrough(server, 3_000_001)
  assert.equal(stream.bytes, 3_000_001)
  assert.ok(stream.host.most >= stream.host.before && stream.host.before > 0)
  const held = await holdRequests(server, 20, 200)
  assert.deepEqual([held.count, held.answered], [20, 20])
  assert.ok(held.durationMs >= 200 && held.slowestPingMs > 0)
})

test('the report has speed, CPU time and growth', () => {
  const memory = { before: 100 * 2 ** 20, most: 130 * 2 ** 20 }
  const report = renderStreamReport(
    [{ bytes: 2 ** 30, durationMs: 10_000, host: memory, worker: memory, cpuMs: 2 ** 30 / 1e6 }],
    { count: 1024, answered: 1023, durationMs: 2500, slowestPingMs: 40, host: memory },
  )
  assert.equal(growthOf(memory), 30 * 2 ** 20)
  assert.match(report, /\| 1024 MiB there and back +\| +107 \| +1,000 \| +30 \| +30 \|/)
  assert.match(report, /\| 1,024 at once +\| +1023 \| +2\.50 \| +40\.0 \| +30 \|/)
})
