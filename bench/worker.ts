/**
 * `./aloft bench worker`: what one Node worker process does, without a host: a real worker with the unmodified
 * `@azure/functions` answers invocations over its pipe, so many in flight at a time. Rounds go round robin over
 * the variants, so that a slow minute of the machine meets all of them.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { FrameReader, FrameWriter, type InvokeMessage, type ResultMessage, type RpcHttp } from '@aloft/wire'
import { Flags } from './harness/flags.ts'
import { scenarios } from './harness/http-scenarios.ts'
import { processTree } from './harness/processes.ts'
import { writeResults } from './harness/results.ts'
import { median } from './harness/statistics.ts'
import { formatNumber, renderTable } from './harness/tables.ts'

const usage = `usage: ./aloft bench worker [options]
  --invocations N    of each measurement (default 40000)
  --rounds N         the median is quoted (default 5)
  --in-flight N      invocations sent and not answered (default 64)
  --variants A,B     only these
  --requests A,B     only these`

interface Variant {
  readonly name: string
  readonly nodeArguments: readonly string[]
  readonly environment: Readonly<Record<string, string>>
}

const variants: readonly Variant[] = [
  { name: 'worker', nodeArguments: [], environment: {} },
  { name: 'no-light-web', nodeArguments: [], environment: { ALOFT_WORKER_PLAIN: 'web' } },
  { name: 'no-relevelling', nodeArguments: [], environment: { ALOFT_WORKER_PLAIN: 'library' } },
  { name: 'plain', nodeArguments: [], environment: { ALOFT_WORKER_PLAIN: 'web,library' } },
  { name: 'semi-space-32', nodeArguments: ['--max-semi-space-size=32'], environment: {} },
  { name: 'semi-space-64', nodeArguments: ['--max-semi-space-size=64'], environment: {} },
  { name: 'single-threaded-gc', nodeArguments: ['--single-threaded-gc'], environment: {} },
]
const requests = scenarios.map(({ name }) => name)

const defaults = { invocations: '40000', rounds: '5', 'in-flight': '64', variants: '', requests: '' }
const flags = new Flags(usage, defaults)
const [invocations, rounds, inFlight] = [
  flags.number('invocations'),
  flags.number('rounds'),
  flags.number('in-flight'),
]
const chosenVariants = chosen(
  variants,
  flags.words(
    'variants',
    variants.map(({ name }) => name),
  ),
)
const chosenRequests = chosen(scenarios, flags.words('requests', requests))

interface Sample {
  readonly perSecond: number
  readonly cpuMicros: number
}

/** A worker with the benchmark's app. */
class Worker {
  readonly #child: ChildProcess
  readonly #writer: FrameWriter
  readonly #triggers = new Map<string, string>()
  #onResult: (result: ResultMessage) => void = () => {}
  #onReady = () => {}

  constructor({ nodeArguments, environment }: Variant) {
    const main = fileURLToPath(new URL('../workers/node/src/main.ts', import.meta.url))
    const args = ['--disable-warning=ExperimentalWarning', ...nodeArguments, main, '--workerId', 'bench']
    this.#child = spawn(process.execPath, args, {
      stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
      env: { ...process.env, ...environment },
    })
    const pipe = this.#child.stdio[3] as Socket
    this.#writer = new FrameWriter(pipe)
    const reader = new FrameReader({
      started: () => {},
      log: () => {},
      result: (result) => this.#onResult(result),
      initialized: ({ error, functions }) => {
        if (error) throw new Error(error.message)
        for (const { functionId, bindings } of functions)
          this.#triggers.set(functionId, Object.keys(bindings)[0] ?? '')
        this.#onReady()
      },
    })
    pipe.on('data', (chunk) => reader.push(chunk))
  }

  start(): Promise<void> {
    const appDirectory = fileURLToPath(new URL('fixtures/hello-app', import.meta.url))
    this.#writer.send('init', { hostVersion: '4.1037.0', workerId: 'bench', appDirectory })
    return new Promise((resolve) => {
      this.#onReady = resolve
    })
  }

  async stop(): Promise<void> {
    this.#child.kill()
    await once(this.#child, 'close')
  }

  /** Runs `count` invocations; rejects when one does not give `answer`. */
  async run(functionId: string, http: RpcHttp, answer: string, count: number): Promise<Sample> {
    const cpuBefore = this.#cpuMs()
    const started = performance.now()
    await new Promise<void>((resolve, reject) => {
      let sent = 0
      let answered = 0
      const send = () => this.#writer.send('invoke', this.#message(functionId, http, ++sent))
      this.#onResult = ({ error, returnValue }) => {
        const body = returnValue?.http?.body?.bytes
        if (error || (answered === 0 && String(body) !== answer))
          reject(new Error(error?.stackTrace ?? `answered ${body}, expected ${answer}`))
        if (++answered === count) resolve()
        else if (sent < count) send()
      }
      for (let i = 0; i < inFlight; i++) send()
    })
    const ms = performance.now() - started
    return { perSecond: (count / ms) * 1000, cpuMicros: ((this.#cpuMs() - cpuBefore) / count) * 1000 }
  }

  /** As the host sends it for an HTTP request. */
  #message(functionId: string, http: RpcHttp, number: number): InvokeMessage {
    return {
      invocationId: `6c1a2d7e-7f52-4a5c-9a6d-${String(number).padStart(12, '0')}`,
      functionId,
      inputData: [{ name: this.#triggers.get(functionId) ?? '', data: { http } }],
      triggerMetadata: {},
      traceContext: {
        traceParent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
        traceState: '',
        attributes: {},
      },
    }
  }

  #cpuMs(): number {
    return processTree(this.#child.pid ?? 0)[0]?.cpuMs ?? Number.NaN
  }
}

const workers = new Map(chosenVariants.map((variant) => [variant, new Worker(variant)]))
const samples = new Map<string, Sample[]>()
for (const worker of workers.values()) await worker.start()
// Round 0 is the warm-up.
for (let round = 0; round <= rounds; round++) {
  for (const { name, method, path, headers, body, answer } of chosenRequests) {
    const url = `http://localhost:7071${path}`
    const http: RpcHttp = {
      method,
      url,
      headers: { host: 'localhost:7071', 'user-agent': 'bench', accept: '*/*', ...headers },
      query: Object.fromEntries(new URL(url).searchParams),
      params: {},
      ...(body && { body: { bytes: Buffer.from(body) } }),
    }
    for (const [variant, worker] of workers) {
      const functionId = path.replace(/^\/api\/(\w+).*/, '$1')
      const sample = await worker.run(functionId, http, answer, invocations)
      const key = `${name} ${variant.name}`
      if (round > 0) samples.set(key, [...(samples.get(key) ?? []), sample])
    }
  }
}
for (const worker of workers.values()) await worker.stop()

const report = chosenRequests
  .map(({ name, title }) => {
    const rows = chosenVariants.map((variant) => {
      const values = samples.get(`${name} ${variant.name}`) ?? []
      return [
        variant.name,
        formatNumber(median(values.map(({ perSecond }) => perSecond))),
        formatNumber(median(values.map(({ cpuMicros }) => cpuMicros))),
      ]
    })
    return `### ${name}: ${title}\n\n${renderTable(['', 'invocations/s', 'CPU µs each'], rows)}`
  })
  .join('\n\n')
console.log(
  `${inFlight} in flight, ${rounds} rounds of ${invocations} invocations after one of warm-up, medians.\n\n${report}`,
)
if (flags.isWriting) writeResults('Node worker', report)

/** The named ones; all when none is named. */
function chosen<Item extends { readonly name: string }>(
  items: readonly Item[],
  names: readonly string[],
): readonly Item[] {
  return names.length === 0 ? items : items.filter(({ name }) => names.includes(name))
}
