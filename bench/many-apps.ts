/**
 * `./aloft bench many-apps`: what apps cost that nobody asks for, and how long their first answer takes. All are
 * hosted by one process, as `aloft up` does.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { Flags } from './harness/flags.ts'
import { Hosting, makeApps } from './harness/many-apps.ts'
import { renderManyAppsReport } from './harness/many-apps-report.ts'
import { writeResults } from './harness/results.ts'
import { formatNumber } from './harness/tables.ts'

const usage = `usage: ./aloft bench many-apps [options]
  --apps N           how many (default 500)
  --asked N          how many of them are asked, with a worker waiting and without (default 50)`

/** The host refills its waiting worker a second after it took one, which then warms up. */
const settleMs = 2500
const idleSeconds = 10

const flags = new Flags(usage, { apps: '500', asked: '50' })
const folders = makeApps(flags.number('apps'))
const asked = Math.min(flags.number('asked'), Math.floor(folders.names.length / 2))

console.error(`starting each of ${folders.names.length} apps once ...`)
const first = await Hosting.start(folders)
await first[Symbol.asyncDispose]()
await using hosting = await Hosting.start(folders)

await sleep(settleMs)
const cpuMs = () => hosting.processes().reduce((sum, process) => sum + process.cpuMs, 0)
const before = cpuMs()
await sleep(idleSeconds * 1000)
const idleCpuMsPerSecond = (cpuMs() - before) / idleSeconds
const waitingProcesses = hosting.processes().length - 1

const names = shuffled(folders.names)
const spacedMs: number[] = []
for (const name of names.slice(0, asked)) {
  spacedMs.push(await hosting.ask(name))
  console.error(`${spacedMs.length}/${asked}  ${formatNumber(spacedMs.at(-1)!)} ms`)
  await sleep(settleMs)
}
const successiveMs: number[] = []
for (const name of names.slice(asked, 2 * asked)) successiveMs.push(await hosting.ask(name))

const report = renderManyAppsReport({
  appCount: folders.names.length,
  firstStartMs: first.report.startMs,
  knownStartMs: hosting.report.startMs,
  residentBytes: hosting.report.residentBytes,
  heapBytes: hosting.report.heapBytes,
  waitingProcesses,
  idleCpuMsPerSecond,
  spacedMs,
  successiveMs,
})
console.log(report)
if (flags.isWriting) writeResults('Many apps', report)

function shuffled<Item>(items: readonly Item[]): readonly Item[] {
  return items
    .map((item) => ({ item, order: Math.random() }))
    .sort((one, other) => one.order - other.order)
    .map(({ item }) => item)
}
