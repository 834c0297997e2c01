/** The admin API of an app that is not really there, behind a real front, with real keys. */
import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type FunctionDefinition, Logger, type LogRecord } from '@aloft/kernel'
import { VirtualClock } from '@aloft/kernel/testing'
import {
  type AdminTarget,
  adminApi,
  type BundleTemplate,
  type HostState,
  LogStream,
} from '../../src/admin/index.ts'
import type { AppConfiguration } from '../../src/contracts.ts'
import { type KeyStore, openKeyRing } from '../../src/keys/index.ts'
import { functionDefinition, startFront } from '../http/fixture.ts'
import { sqliteDatabase } from '../keys/sqlite-database.ts'

/** The one template of its extension bundle. */
export const httpTemplate: BundleTemplate = {
  id: 'HttpTrigger-JavaScript',
  runtime: '2',
  files: { 'index.js': 'module.exports = async () => {}' },
  function: { bindings: [{ type: 'httpTrigger', direction: 'in', name: 'req' }] },
  metadata: {
    name: 'HTTP trigger',
    description: 'Answers HTTP requests',
    defaultFunctionName: 'httpTrigger',
    language: 'JavaScript',
    trigger: 'HttpTrigger',
    triggerType: 'httpTrigger',
    category: ['API'],
    categoryStyle: 'http',
    enabledInTryMode: true,
    userPrompt: ['authLevel'],
  },
}

/** An app that notes what is asked of it. */
export interface FakeTarget extends AdminTarget {
  state: HostState
  isDraining: boolean
  errors: string[]
  health: AdminTarget['health']
  functions: FunctionDefinition[]
  readonly outstanding: { invocations: number; retries: number }
  readonly calls: string[]
  /** What the next `checkHealth`, `run` and `drain` reject with. */
  failure: Error | undefined
}

export interface AdminFixture extends AsyncDisposable {
  readonly url: string
  readonly target: FakeTarget
  readonly keys: KeyStore
  readonly logged: LogRecord[]
  readonly log: Logger
  readonly clock: VirtualClock
  /** The app's folder; empty at first. */
  readonly rootDirectory: string
  /** Calls with the master key; answers with status and parsed body ('' = none). */
  ask(method: string, path: string, body?: string): Promise<readonly [status: number, body: unknown]>
}

export async function startAdmin({ isAuthEnabled = true } = {}): Promise<AdminFixture> {
  const directory = await realpath(await mkdtemp(join(tmpdir(), 'aloft-admin-')))
  const clock = new VirtualClock()
  const logged: LogRecord[] = []
  const logStream = new LogStream(clock)
  const log = new Logger(clock, [{ write: (record) => logged.push(record) }, logStream])
  const database = sqliteDatabase()
  const keys = await openKeyRing({
    engine: { database },
    dataDirectory: directory,
    hostId: 'app',
    clock,
    log,
  })
  const rootDirectory = join(directory, 'app')
  await mkdir(rootDirectory)
  const target = fakeTarget(logStream, rootDirectory)
  const types = { triggers: ['httptrigger', 'timertrigger'], inputs: ['blob'], outputs: ['http'] }
  const bundle = { templates: async () => [httpTemplate], types: async () => types }
  const admin = adminApi({ target, keys, bundle, log })
  const front = await startFront({ admin, keys, isAuthEnabled, clock })
  return {
    url: front.url,
    target,
    keys,
    logged,
    log,
    clock,
    rootDirectory,
    async ask(method, path, body) {
      const headers = { 'x-functions-key': keys.masterKey }
      const response = await fetch(front.url + path, { method, headers, body })
      const text = await response.text()
      const isJson = response.headers.get('content-type')?.includes('json')
      return [response.status, isJson ? JSON.parse(text) : text]
    },
    async [Symbol.asyncDispose]() {
      await front[Symbol.asyncDispose]()
      keys.close()
      await database.close()
      await rm(directory, { recursive: true })
    },
  }
}

function fakeTarget(logStream: LogStream, rootDirectory: string): FakeTarget {
  const calls: string[] = []
  const note = async (call: string) => {
    calls.push(call)
    if (target.failure) throw target.failure
  }
  const target: FakeTarget = {
    state: 'Running',
    configuration: {
      runtime: 'node',
      context: { hostId: 'shop-1', name: 'shop', rootDirectory, setting: () => undefined },
      host: {
        http: {
          routePrefix: 'api',
          maxOutstandingRequests: 200,
          maxConcurrentRequests: -1,
          refusesWhenOverloaded: false,
        },
        concurrency: {
          isDynamic: false,
          keepsSnapshots: true,
          maximumPerFunction: Number.POSITIVE_INFINITY,
          cpuThreshold: 0.8,
        },
        extensions: { other: { a: 1 }, queues: { batchSize: '16' } },
        extensionBundle: { id: 'Microsoft.Azure.Functions.ExtensionBundle', version: '[4.*, 5.0.0)' },
        raw: { version: '2.0' },
        logLevels: { 'Function.Orders': 'debug' },
      },
    } as unknown as AppConfiguration,
    instanceId: 'instance-1',
    hostName: 'localhost:7071',
    extensionOptions: { queues: { batchSize: 16 } },
    testDataFolder: join(rootDirectory, '../sampledata'),
    functions: [
      functionDefinition('Orders', { trigger: { route: 'Orders/{id?}', methods: ['get'] } }),
      functionDefinition('nightly', {
        trigger: { type: 'timerTrigger', schedule: '0 0 3 * * *' },
        isDisabled: true,
      }),
    ],
    proxies: [],
    problems: [{ name: 'Broken', message: 'The route template is invalid.' }],
    logStream,
    errors: [],
    health: undefined,
    workerProcessIds: [4711],
    isDraining: false,
    outstanding: { invocations: 0, retries: 0 },
    calls,
    failure: undefined,
    proxyTrace: () => undefined,
    run: (name, input) => note(`run ${name} ${input}`),
    warmUp: () => note('warmUp'),
    restart: () => note('restart'),
    takeOffline: () => note('takeOffline'),
    bringOnline: () => note('bringOnline'),
    drain: () => note('drain'),
    syncTriggers: () => note('syncTriggers'),
    checkHealth: () => note('checkHealth'),
  }
  return target
}
