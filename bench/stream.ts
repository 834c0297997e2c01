/**
 * `./aloft bench stream`: how fast a long body goes through a function and back, and what the host holds of it;
 * and whether a host lives with many requests that are held. Fails when the host grows too much, or an answer is lost.
 */
import { Flags } from './harness/flags.ts'
import { growthOf } from './harness/memory-watch.ts'
import { writeResults } from './harness/results.ts'
import { startServer } from './harness/server-process.ts'
import { aloft, streamApp } from './harness/servers.ts'
import { renderStreamReport } from './harness/stream-report.ts'
import { holdRequests, streamThrough } from './harness/streams.ts'

const usage = `usage: ./aloft bench stream [options]
  --megabytes N      length of the stream in MiB (default 2048)
  --held N           requests that are held at once (default 1024)
  --seconds N        how long each is held (default 2)`

/** More is held back, not streamed. */
const mostGrowthBytes = 60 * 2 ** 20
const firstBytes = 64 * 2 ** 20

const flags = new Flags(usage, { megabytes: '2048', held: '1024', seconds: '2' })
const bytes = flags.number('megabytes') * 2 ** 20
const held = flags.number('held')
const holdMs = flags.number('seconds') * 1000

const { command } = aloft('aloft start', {}, streamApp)
await using server = await startServer(command, { path: '/api/hello', timeoutMs: 30_000 })
const first = await streamThrough(server, firstBytes)
const long = await streamThrough(server, bytes)
const many = await holdRequests(server, held, holdMs)

const report = renderStreamReport([first, long], many)
console.log(report)
if (flags.isWriting) writeResults('Streams', report)
const faults = [
  ...(growthOf(long.host) > mostGrowthBytes ? [`the host grew by ${growthOf(long.host)} bytes`] : []),
  ...(many.answered < many.count ? [`${many.count - many.answered} requests were not answered`] : []),
]
for (const fault of faults) console.error(`fault: ${fault}`)
if (faults.length > 0) process.exitCode = 1
