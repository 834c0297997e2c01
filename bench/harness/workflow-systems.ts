/** The systems that run the sequence of three steps: how each is started, and the request that runs it once. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { peersDirectory } from './peers.ts'
import { PostgresServer, postgresPrograms } from './postgres.ts'
import type { ProcessFacts } from './processes.ts'
import { freePort, startServer } from './server-process.ts'

/** One way to run the workflow on a system. `POST` to `url` answers with its result when it has ended. */
export interface WorkflowLane {
  readonly name: string
  readonly url: string
  /** All processes that work for it, the load generator apart. */
  processes(): readonly ProcessFacts[]
}

const root = fileURLToPath(new URL('../..', import.meta.url))
const startTimeoutMs = 60_000

/** `aloft start` on an app with the unmodified `durable-functions` package. */
export async function startAloft(stack: AsyncDisposableStack): Promise<readonly WorkflowLane[]> {
  const data = temporaryDirectory(stack)
  const app = join(root, 'bench/fixtures/durable-app')
  const server = stack.use(
    await startServer(
      (port) => ({
        file: join(root, 'aloft'),
        args: ['start', app, '--port', String(port), '--data', data, '--no-storage'],
        // The peers log nothing per workflow either.
        environment: { AzureFunctionsJobHost__logging__logLevel__default: 'Warning' },
      }),
      { path: '/admin/host/ping', timeoutMs: startTimeoutMs },
    ),
  )
  const base = `http://127.0.0.1:${server.port}/runtime/webhooks/durabletask`
  return [
    {
      name: 'aloft: durable-functions',
      url: `${base}/orchestrators/sequence?timeout=60&pollingInterval=1`,
      processes: () => server.processes(),
    },
  ]
}

/** Restate with its steps inside the workflow, and with steps as calls of a service. */
export async function startRestate(stack: AsyncDisposableStack): Promise<readonly WorkflowLane[]> {
  const data = temporaryDirectory(stack)
  const [adminPort, nodePort] = [await freePort(), await freePort()]
  const service = stack.use(
    await startServer(
      (port) => ({
        file: process.execPath,
        args: [join(peersDirectory, 'restate-service.mjs'), String(port)],
        environment: { RESTATE_LOGGING: 'ERROR', NODE_ENV: 'production' },
      }),
      { path: undefined, timeoutMs: startTimeoutMs },
    ),
  )
  const server = stack.use(
    await startServer(
      (port) => ({
        file: join(peersDirectory, 'node_modules/.bin/restate-server'),
        args: [],
        environment: {
          RESTATE_BASE_DIR: data,
          RESTATE_DEFAULT_NUM_PARTITIONS: '4',
          RESTATE_INGRESS__BIND_ADDRESS: `127.0.0.1:${port}`,
          RESTATE_ADMIN__BIND_ADDRESS: `127.0.0.1:${adminPort}`,
          RESTATE_BIND_ADDRESS: `127.0.0.1:${nodePort}`,
          RESTATE_LOG_FILTER: 'error',
          RESTATE_DISABLE_TELEMETRY: 'true',
        },
      }),
      { path: '/restate/health', timeoutMs: startTimeoutMs },
    ),
  )
  await register(`http://127.0.0.1:${adminPort}/deployments`, `http://127.0.0.1:${service.port}`)
  const processes = () => [...server.processes(), ...service.processes()]
  const url = (handler: string) => `http://127.0.0.1:${server.port}/workflows/${handler}`
  return [
    { name: 'restate: ctx.run', url: url('steps'), processes },
    { name: 'restate: service calls', url: url('calls'), processes },
  ]
}

/** DBOS on a PostgreSQL of its own; no lane where PostgreSQL is not installed. */
export async function startDbos(stack: AsyncDisposableStack): Promise<readonly WorkflowLane[]> {
  const programs = postgresPrograms()
  if (!programs) return []
  const postgres = stack.use(await PostgresServer.start(programs))
  const server = stack.use(
    await startServer(
      (port) => ({
        file: process.execPath,
        args: [
          join(peersDirectory, 'dbos-app.mjs'),
          String(port),
          `postgresql://postgres@127.0.0.1:${postgres.port}/dbos`,
        ],
        environment: { NODE_ENV: 'production' },
      }),
      { path: '/', timeoutMs: startTimeoutMs },
    ),
  )
  return [
    {
      name: 'dbos: steps, PostgreSQL',
      url: `http://127.0.0.1:${server.port}/`,
      processes: () => [...server.processes(), ...postgres.processes()],
    },
  ]
}

async function register(adminUrl: string, serviceUrl: string): Promise<void> {
  const response = await fetch(adminUrl, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ uri: serviceUrl }),
  })
  if (!response.ok) throw new Error(`Restate refused the service: ${await response.text()}`)
}

function temporaryDirectory(stack: AsyncDisposableStack): string {
  const directory = mkdtempSync(join(tmpdir(), 'aloft-bench-durable-'))
  stack.defer(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}
