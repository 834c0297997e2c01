/** `/admin/host`: state of the host, and steering it (host `HostController`). */
import { hostname } from 'node:os'
import { ensureError, type Logger, type LogLevel } from '@aloft/kernel'
import { emptyReply, jsonReply, type Reply } from '@aloft/wire/http'
import { hostVersion } from '../version.ts'
import { type AdminEndpoint, type AdminRequest, badRequest, queryOf, readJsonBody } from './endpoint.ts'
import { isReadOnly } from './files/file-endpoints.ts'
import type { AdminTarget } from './target.ts'

export function hostEndpoints(target: AdminTarget, log: Logger): readonly AdminEndpoint[] {
  return [
    endpoint('GET', '/admin/host/status', 'Host_GetStatus', () => jsonReply(200, hostStatus(target))),
    {
      ...endpoint(['GET', 'POST'], '/admin/host/ping', 'Host_Ping', async (request) =>
        neverCached(await ping(target, request)),
      ),
      access: 'anonymous',
    },
    endpoint('GET', '/admin/host/processes', 'Host_GetProcesses', () => jsonReply(200, processes(target))),
    {
      ...endpoint('GET', '/admin/host/config', 'Host_GetConfig', () => jsonReply(200, hostConfig(target))),
      needsRunningApp: true,
    },
    endpoint('POST', '/admin/host/log', 'Host_Log', (request) => writeLog(log, request)),
    // There is no debugger to launch in this process; Node workers take `--inspect`.
    endpoint('POST', '/admin/host/debug', 'Host_Debug', () => emptyReply(501)),
    endpoint('POST', '/admin/host/scale/status', 'Host_GetScaleStatus', () =>
      badRequest('Runtime scale monitoring is not enabled.'),
    ),
    endpoint('POST', '/admin/host/restart', 'Host_Restart', () => {
      inBackground(log, 'restarted', target.restart())
      return jsonReply(200, restartFacts(target))
    }),
    endpoint('PUT', '/admin/host/state', 'Host_SetState', (request) => setState(target, log, request)),
    endpoint('POST', '/admin/host/drain', 'Host_Drain', () => {
      inBackground(log, 'drained', target.drain())
      return emptyReply(202)
    }),
    endpoint('GET', '/admin/host/drain/status', 'Host_GetDrainStatus', () =>
      jsonReply(200, drainStatus(target)),
    ),
    endpoint('POST', '/admin/host/resume', 'Host_Resume', async () => {
      if (target.state !== 'Running') return emptyReply(409)
      if (target.isDraining) await target.restart()
      return jsonReply(200, { state: target.state })
    }),
    {
      ...endpoint('POST', '/admin/host/synctriggers', 'Host_SyncTriggers', async () => {
        await target.syncTriggers()
        return jsonReply(200, { status: 'success' })
      }),
      needsRunningApp: true,
    },
    {
      ...endpoint('GET', '/admin/instance/http-health', 'Instance_GetHttpHealth', () => emptyReply(200)),
      access: 'anonymous',
    },
    {
      ...endpoint(['GET', 'POST'], '/admin/warmup', 'Host_Warmup', async () => {
        await target.warmUp()
        return emptyReply(200)
      }),
      access: 'anonymous',
      needsRunningApp: true,
    },
  ]
}

function endpoint(
  method: AdminEndpoint['method'],
  pattern: string,
  operation: string,
  answer: AdminEndpoint['answer'],
): AdminEndpoint {
  return { method, pattern, operation, answer }
}

function hostStatus(target: AdminTarget) {
  const { configuration, errors, health } = target
  return {
    id: configuration.context.hostId,
    state: target.state,
    version: hostVersion,
    versionDetails: hostVersion,
    platformVersion: '',
    instanceId: target.instanceId,
    computerName: hostname(),
    processUptime: Math.round(process.uptime() * 1000),
    functionAppContentEditingState: isReadOnly(target) ? 'NotAllowed' : 'Allowed',
    extensionBundle: configuration.host.extensionBundle,
    errors: errors.length > 0 ? errors : undefined,
    // Azure has no such member; its tools look at `state` and `errors`.
    health,
  }
}

/** Probes want the host's own answer. */
function neverCached(reply: Reply): Reply {
  return { ...reply, headers: [...reply.headers, 'Cache-Control', 'no-store,no-cache', 'Pragma', 'no-cache'] }
}

/** What host.json comes to, of the sections that Azure shows (host `HostOptionsProvider`). */
function hostConfig({ configuration, extensionOptions }: AdminTarget) {
  const { http, concurrency, extensions } = configuration.host
  return {
    extensions: {
      ...extensions,
      http: {
        dynamicThrottlesEnabled: http.refusesWhenOverloaded,
        enableChunkedRequestBinding: true,
        maxConcurrentRequests: http.maxConcurrentRequests,
        maxOutstandingRequests: http.maxOutstandingRequests,
        routePrefix: http.routePrefix,
      },
      ...extensionOptions,
    },
    concurrency: {
      dynamicConcurrencyEnabled: concurrency.isDynamic,
      maximumFunctionConcurrency: Number.isFinite(concurrency.maximumPerFunction)
        ? concurrency.maximumPerFunction
        : -1,
      totalAvailableMemoryBytes: concurrency.totalMemoryBytes ?? -1,
      cpuThreshold: concurrency.cpuThreshold,
      snapshotPersistenceEnabled: concurrency.keepsSnapshots,
    },
  }
}

/** What Azure tells of the host that restarts (`HostRestartResponse`); keys and logs are in no folder here. */
function restartFacts(target: AdminTarget) {
  return {
    isSelfHost: true,
    secretsPath: null,
    scriptPath: target.configuration.context.rootDirectory,
    logPath: null,
    testDataPath: target.testDataFolder,
    hasParentScope: false,
    isStandbyConfiguration: false,
    isFileSystemReadOnly: isReadOnly(target),
    isScmRunFromPackage: isReadOnly(target),
  }
}

async function ping(target: AdminTarget, request: AdminRequest): Promise<Reply> {
  if (queryOf(request).checkHealth !== '1') return emptyReply(200)
  if (target.health?.state === 'Unhealthy') return emptyReply(429)
  try {
    await target.checkHealth()
    return emptyReply(200)
  } catch {
    // A worker that does not answer is the finding, not a fault of this call.
    return emptyReply(503)
  }
}

function processes(target: AdminTarget) {
  const describe = (processId: number, processName: string, debugEngine: string) => ({
    processId,
    processName,
    debugEngine,
    isEligibleForOpenInBrowser: false,
  })
  const { runtime } = target.configuration
  return {
    processes: [
      describe(process.pid, 'aloft', 'node'),
      ...target.workerProcessIds.map((processId) => describe(processId, runtime, runtime)),
    ],
  }
}

const levels: Readonly<Record<string, LogLevel>> = {
  error: 'error',
  warning: 'warning',
  info: 'information',
  verbose: 'trace',
}

/** Entries `{level, message, functionName, source}`, for tools that log on behalf of the host. */
async function writeLog(log: Logger, request: AdminRequest): Promise<Reply> {
  const entries = await readJsonBody(request).catch(() => undefined)
  if (!Array.isArray(entries)) return badRequest('An array of log entry objects is expected.')
  for (const entry of entries as (Record<string, unknown> | null)[]) {
    const level = levels[String(entry?.level).toLowerCase()] ?? 'information'
    const fields = { function: entry?.functionName, source: entry?.source }
    log.write(level, String(entry?.message ?? ''), { fields })
  }
  return emptyReply(200)
}

/** The body is a JSON string; single quotes are taken for double ones. */
async function setState(target: AdminTarget, log: Logger, request: AdminRequest): Promise<Reply> {
  const wanted = await readState(request)
  const current = target.state.toLowerCase()
  if (wanted !== 'offline' && wanted !== 'running') return emptyReply(400)
  if (wanted === current) return emptyReply(200)
  if (wanted === 'running' && current !== 'offline') return emptyReply(400)
  if (wanted === 'running') inBackground(log, 'brought online', target.bringOnline())
  else inBackground(log, 'taken offline', target.takeOffline())
  return emptyReply(202)
}

async function readState(request: AdminRequest): Promise<string | undefined> {
  try {
    const state = await readJsonBody(request, (text) => text.replace(/^\s*'(.*)'\s*$/, '"$1"'))
    return typeof state === 'string' ? state.toLowerCase() : undefined
  } catch {
    // Whatever is wrong with the body, it is the caller's to mend.
    return undefined
  }
}

function drainStatus({ isDraining, outstanding }: AdminTarget) {
  const isIdle = outstanding.invocations === 0 && outstanding.retries === 0
  return {
    state: isDraining ? (isIdle ? 'Completed' : 'InProgress') : 'Disabled',
    outstandingInvocations: outstanding.invocations,
    outstandingRetries: outstanding.retries,
  }
}

/** The caller does not wait; what goes wrong is for the log. */
function inBackground(log: Logger, action: string, work: Promise<void>): void {
  work.catch((thrown: unknown) => {
    const error = ensureError(thrown)
    log.error(`The app could not be ${action}: ${error.message}`, error)
  })
}
