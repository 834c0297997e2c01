import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Hosting, makeApps } from '../harness/many-apps.ts'
import { renderManyAppsReport } from '../harness/many-apps-report.ts'

test('every app is hosted, rests, and answers', async () => {
  const folders = makeApps(2)
  const first = await Hosting.start(folders)
  await first[Symbol.asyncDispose]()
  await using hosting = await Hosting.start(folders)
  assert.ok(hosting.report.startMs < first.report.startMs, 'known apps are not started')
  assert.equal(hosting.processes().length, 2)
  for (const name of folders.names) assert.ok((await hosting.ask(name)) > 0)
})

test('the report has costs per app, and median and p99 of the first answers', () => {
  const report = renderManyAppsReport({
    appCount: 100,
    firstStartMs: 20_000,
    knownStartMs: 500,
    residentBytes: 102_400 * 100,
    heapBytes: 10_240 * 100,
    waitingProcesses: 1,
    idleCpuMsPerSecond: 1.5,
    spacedMs: [100, 60, 80],
    successiveMs: [200, 300],
  })
  assert.match(report, /^100 apps .* then 3 of them/)
  assert.match(report, /\| host memory per app, KiB resident +\| +100 \|/)
  assert.match(report, /\| the first time ever.* +\| +200 \|/)
  assert.match(report, /\| a worker waits +\| +80\.0 \| +100 \| +60\.0 \| +100 \|/)
  assert.match(report, /no worker waits \| +250 \| +300 \| +200 \| +300 \|/)
})
