/**
 * `./aloft bench http`: a function on Aloft beside the same function on Google's Functions Framework, and beside
 * what Fastify and Node.js itself do, in one run. All servers stay up and rounds go round robin, so that a slow
 * minute of the machine meets everybody.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { Flags } from './harness/flags.ts'
import {
  checkAnswer,
  type Lane,
  type Memory,
  measureLane,
  memoryOf,
  type Sample,
} from './harness/http-lanes.ts'
import { renderHttpReport } from './harness/http-report.ts'
import { reference, scenarios, servers } from './harness/http-scenarios.ts'
import { generators, pickGenerator } from './harness/load.ts'
import { writeResults } from './harness/results.ts'
import { type ServerProcess, startServer } from './harness/server-process.ts'
import { formatNumber } from './harness/tables.ts'

const usage = `usage: ./aloft bench http [options]
  --seconds N        of each measurement (default 5)
  --rounds N         the median is quoted (default 3)
  --connections N    kept alive, each with one request at a time (default 64)
  --warmup N         seconds of load on each server and request before the first round (default 3)
  --only A,B         only these servers and these requests
  --generator NAME   wrk or bundled (default: wrk when it is on the PATH)`

const flags = new Flags(usage, {
  seconds: '5',
  rounds: '3',
  connections: '64',
  warmup: '3',
  only: '',
  generator: pickGenerator(),
})
const generator = flags.choice('generator', generators)
const [seconds, rounds, warmup] = [flags.number('seconds'), flags.number('rounds'), flags.number('warmup')]
const connections = flags.number('connections')
const serverNames = servers.map(({ name }) => name)
const scenarioNames = scenarios.map(({ name }) => name)
const only = flags.words('only', [...serverNames, ...scenarioNames])
const settleMs = 1000

/** The names that `--only` leaves; it may name servers, requests, or both. */
function chosen(names: readonly string[]): readonly string[] {
  const wanted = names.filter((name) => only.includes(name))
  return wanted.length > 0 ? wanted : names
}

await using running = new AsyncDisposableStack()
const processes = new Map<string, ServerProcess>()
for (const server of servers.filter(({ name }) => chosen(serverNames).includes(name))) {
  const process = await startServer(server.command, { path: '/api/hello', timeoutMs: 30_000 })
  processes.set(server.name, running.use(process))
}
await sleep(settleMs)
const idle = new Map([...processes].map(([name, process]) => [name, memoryOf(process.processes())]))

const lanes: readonly Lane[] = scenarios
  .filter(({ name }) => chosen(scenarioNames).includes(name))
  .flatMap((scenario) =>
    scenario.servers.flatMap((serverName) => {
      const process = processes.get(serverName)
      return process ? [{ scenario, serverName, process }] : []
    }),
  )
for (const lane of lanes) {
  await checkAnswer(lane)
  await measureLane(lane, generator, { connections, seconds: warmup })
}

const samples = new Map<Lane, Sample[]>(lanes.map((lane) => [lane, []]))
for (let round = 1; round <= rounds; round++) {
  for (const lane of lanes) {
    const sample = await measureLane(lane, generator, { connections, seconds })
    samples.get(lane)?.push(sample)
    const rate = formatNumber(sample.requests / sample.seconds)
    console.error(`round ${round}/${rounds}  ${lane.scenario.name}  ${lane.serverName}  ${rate} requests/s`)
  }
}

const nothing: Memory = { serverRss: Number.NaN, workerRss: Number.NaN }
const report = renderHttpReport({
  setting:
    `${connections} connections, ${rounds} rounds of ${seconds} s round robin after ${warmup} s of warm-up, ` +
    `medians; load by ${generator === 'wrk' ? 'wrk' : 'the bundled generator'}.`,
  reference,
  lanes: [...samples].map(([lane, values]) => ({ ...lane, samples: values })),
  memory: [...processes].map(([serverName, process]) => ({
    serverName,
    idle: idle.get(serverName) ?? nothing,
    loaded: memoryOf(process.processes()),
  })),
})
console.log(report)
if (flags.isWriting) writeResults('HTTP', report)
