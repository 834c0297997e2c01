/** What workers ask for and answer. */
import type { Clock } from '@aloft/kernel'
import type { Call, StreamMethod, UnaryMethod } from './call.ts'
import { CallRefused } from './call-errors.ts'
import { ConnectedWorker, type GetWorkItemsRequest } from './connected-worker.ts'
import type { WorkAnswer, WorkKind } from './work.ts'
import type { WorkPool } from './work-pool.ts'

/** Without a sign of life workers take a stream for dead. */
const pingMs = 30_000

/** Lasts until the worker goes away or the hub is closed. */
export function workItems(clock: Clock): Readonly<Record<'GetWorkItems', StreamMethod>> {
  return {
    async GetWorkItems(request: GetWorkItemsRequest, call, send) {
      const pool = await poolOf(call)
      if (call.signal.aborted) return
      const worker = new ConnectedWorker(request, send)
      const ping = clock.every(pingMs, () => send({ healthPing: {} }))
      try {
        pool.connect(worker)
        await pool.closed(call.signal)
      } finally {
        ping.cancel()
        pool.disconnect(worker)
      }
    },
  }
}

function complete(kind: WorkKind) {
  return async (answer: WorkAnswer, call: Call) => {
    const pool = await poolOf(call)
    let isAwaited: boolean
    try {
      isAwaited = pool.complete(kind, answer.completionToken, answer)
    } catch (error) {
      throw new CallRefused('invalidArgument', `The answer cannot be used: ${String(error)}`)
    }
    if (!isAwaited) throw staleToken()
    return {}
  }
}

function abandon(kind: WorkKind) {
  return async ({ completionToken }: { readonly completionToken: string }, call: Call) => {
    const pool = await poolOf(call)
    if (!pool.abandon(kind, completionToken)) throw staleToken()
    return {}
  }
}

function staleToken(): CallRefused {
  return new CallRefused(
    'notFound',
    'No such work item is under way: it was given to somebody else, or has ended.',
  )
}

async function poolOf(call: Call): Promise<WorkPool> {
  const { hub, pool } = await call.hub()
  if (pool) return pool
  throw new CallRefused('failedPrecondition', `The functions of an app work for the task hub '${hub.name}'.`)
}

export const workerCalls = {
  CompleteOrchestratorTask: complete('orchestrator'),
  CompleteActivityTask: complete('activity'),
  CompleteEntityTask: complete('entity'),
  AbandonTaskOrchestratorWorkItem: abandon('orchestrator'),
  AbandonTaskActivityWorkItem: abandon('activity'),
  AbandonTaskEntityWorkItem: abandon('entity'),
} satisfies Readonly<Record<string, UnaryMethod>>
