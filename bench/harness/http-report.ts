/** The samples of the HTTP benchmark as Markdown. */
import type { Memory, Sample, Scenario } from './http-lanes.ts'
import { median } from './statistics.ts'
import { formatMebibytes, formatNumber, formatRatio, renderTable } from './tables.ts'

export interface LaneSamples {
  readonly scenario: Scenario
  readonly serverName: string
  readonly samples: readonly Sample[]
}

export interface ServerMemory {
  readonly serverName: string
  /** After the first answer. */
  readonly idle: Memory
  /** At the end of the last round. */
  readonly loaded: Memory
}

export interface HttpRun {
  /** One line: what was run. */
  readonly setting: string
  /** Names of the servers that the others are compared with. */
  readonly reference: { readonly node: string; readonly framework: string }
  readonly lanes: readonly LaneSamples[]
  readonly memory: readonly ServerMemory[]
}

export function renderHttpReport(run: HttpRun): string {
  const scenarios = [...new Set(run.lanes.map((lane) => lane.scenario))]
  const sections = scenarios.map((scenario) => {
    const lanes = run.lanes.filter((lane) => lane.scenario === scenario)
    return `### ${scenario.title}\n\n${scenarioTable(lanes, run.reference)}`
  })
  const columns = ['server', 'idle: server', 'worker', 'after load: server', 'worker']
  const memory = run.memory.map(({ serverName, idle, loaded }) => [
    serverName,
    ...[idle.serverRss, idle.workerRss, loaded.serverRss, loaded.workerRss].map(formatMebibytes),
  ])
  return [
    run.setting,
    ...sections,
    `### Resident memory, MiB\n\n${renderTable(columns, memory)}`,
    'CPU is user and system time of each process over the requests it answered; "server" is the process that ' +
      'listens (of Aloft: the host), "worker" the one that runs the function. The load generator shares the ' +
      'machine: where its column nears 100 % of a core, it is what limits the rate.',
  ].join('\n\n')
}

function scenarioTable(lanes: readonly LaneSamples[], reference: HttpRun['reference']): string {
  const header = [
    'server',
    'requests/s',
    `× ${reference.framework}`,
    `× ${reference.node}`,
    'p50 ms',
    'p99 ms',
    'CPU µs/request: server',
    'worker',
    'load generator',
    'its share of a core',
  ]
  const rateOf = (name: string) => {
    const lane = lanes.find((candidate) => candidate.serverName === name)
    return lane ? median(lane.samples.map(rate)) : Number.NaN
  }
  const [frameworkRate, nodeRate] = [rateOf(reference.framework), rateOf(reference.node)]
  const rows = lanes.map(({ serverName, samples }) => {
    const of = (value: (sample: Sample) => number) => median(samples.map(value))
    const perRequest = (cpuMs: (sample: Sample) => number) =>
      formatNumber(of((sample) => (cpuMs(sample) * 1000) / sample.requests))
    const hasWorker = samples.some((sample) => !Number.isNaN(sample.memory.workerRss))
    return [
      serverName,
      formatNumber(of(rate)),
      formatRatio(of(rate) / frameworkRate),
      formatRatio(of(rate) / nodeRate),
      formatNumber(of((sample) => sample.p50Ms)),
      formatNumber(of((sample) => sample.p99Ms)),
      perRequest((sample) => sample.serverCpuMs),
      hasWorker ? perRequest((sample) => sample.workerCpuMs) : '—',
      perRequest((sample) => sample.cpuMs),
      `${formatNumber(of((sample) => sample.cpuMs / sample.seconds / 10))} %`,
    ]
  })
  return renderTable(header, rows)
}

function rate(sample: Sample): number {
  return sample.requests / sample.seconds
}
