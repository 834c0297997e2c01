/**
 * The executor behind connected workers: work waits here until a worker has room for it, is leased to that worker,
 * and comes back with its answer. A worker that goes away loses its leases, and the engine begins that work anew.
 */
import { type Clock, newId, type Timer } from '@aloft/kernel'
import {
  type ActivityResult,
  type ActivityWork,
  type EntityBatch,
  type EntityBatchResult,
  type Executor,
  type OrchestratorTurn,
  TurnAborted,
  type TurnResult,
} from '../contracts.ts'
import type { ConnectedWorker } from './connected-worker.ts'
import type { OrchestratorResponse } from './orchestrator-response.ts'
import {
  ActivityItem,
  EntityWork,
  OrchestratorWork,
  type Work,
  type WorkAnswer,
  type WorkKind,
} from './work.ts'

/** One piece of work from its arrival to its answer. */
interface Job {
  readonly work: Work<unknown>
  resolve(result: unknown): void
  reject(error: Error): void
  /** How often workers have given it back. */
  abandoned: number
  history: 'as-asked' | 'sent'
  pause: Timer | undefined
}

interface Lease {
  readonly job: Job
  readonly worker: ConnectedWorker
}

const kinds: readonly WorkKind[] = ['orchestrator', 'activity', 'entity']
const firstPauseMs = 1000
const maxPauseMs = 30_000
/** Executions whose trace context is kept. */
const keptTraces = 10_000

export class WorkPool implements Executor {
  readonly #clock: Clock
  readonly #prefix = newId()
  readonly #workers = new Set<ConnectedWorker>()
  readonly #waiting: Readonly<Record<WorkKind, Set<Job>>> = {
    orchestrator: new Set(),
    activity: new Set(),
    entity: new Set(),
  }
  /** Given back by a worker, until their pause is over. */
  readonly #paused = new Set<Job>()
  readonly #leases = new Map<string, Lease>()
  /** By execution; a lost one only makes the worker begin a new span. */
  readonly #traces = new Map<string, object>()
  #leased = 0
  readonly #closing = new AbortController()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  orchestrator(turn: OrchestratorTurn, signal: AbortSignal): Promise<TurnResult> {
    return this.#submit(new OrchestratorWork(turn, this.#traces.get(turn.executionId)), signal)
  }

  activity(work: ActivityWork, signal: AbortSignal): Promise<ActivityResult> {
    return this.#submit(new ActivityItem(work), signal)
  }

  entity(batch: EntityBatch, signal: AbortSignal): Promise<EntityBatchResult> {
    return this.#submit(new EntityWork(batch), signal)
  }

  /** Resolves when the pool is closed, or `gone` aborts. */
  closed(gone: AbortSignal): Promise<void> {
    const either = AbortSignal.any([gone, this.#closing.signal])
    return new Promise((resolve) => {
      if (either.aborted) resolve()
      else either.addEventListener('abort', () => resolve(), { once: true })
    })
  }

  /** Workers are sent away; what waits is the hub's to end. */
  close(): void {
    this.#closing.abort()
  }

  connect(worker: ConnectedWorker): void {
    this.#workers.add(worker)
    for (const kind of kinds) this.#serve(worker, kind)
  }

  /** What the worker had in hand is done again. */
  disconnect(worker: ConnectedWorker): void {
    if (!this.#workers.delete(worker)) return
    for (const [token, lease] of this.#leases) {
      if (lease.worker !== worker) continue
      this.#leases.delete(token)
      lease.job.reject(new TurnAborted('The worker has gone away.'))
    }
  }

  /**
   * Takes the answer to a work item.
   * @returns false when it is not awaited (any more)
   * @throws Error for an answer without sense; the work is done again
   */
  complete(kind: WorkKind, token: string, answer: WorkAnswer): boolean {
    const lease = this.#endLease(kind, token)
    if (!lease) return false
    const { job, worker } = lease
    if ((answer as Partial<OrchestratorResponse>).requiresHistory === true) {
      job.history = 'sent'
      this.#place(job)
    } else {
      try {
        if (kind === 'orchestrator')
          this.#keepTrace(job.work as OrchestratorWork, answer as OrchestratorResponse)
        job.resolve(job.work.read(answer as never))
      } catch (error) {
        job.reject(new TurnAborted(String(error)))
        throw error
      } finally {
        this.#serve(worker, kind)
      }
    }
    return true
  }

  /** A worker gives a work item back: it waits a while, longer each time, and is offered again. */
  abandon(kind: WorkKind, token: string): boolean {
    const lease = this.#endLease(kind, token)
    if (!lease) return false
    const { job } = lease
    const pauseMs = Math.min(maxPauseMs, firstPauseMs * 2 ** job.abandoned++)
    this.#paused.add(job)
    job.pause = this.#clock.after(pauseMs, () => {
      if (this.#paused.delete(job)) this.#place(job)
    })
    this.#serve(lease.worker, kind)
    return true
  }

  /** Takes back turns of an instance that no worker has yet, so that what has arrived since becomes part of them. */
  withdraw(instanceId: string): void {
    for (const job of [...this.#waiting.orchestrator, ...this.#paused]) {
      if (job.work.instanceId !== instanceId || job.work.kind !== 'orchestrator') continue
      job.reject(new TurnAborted('The orchestration is told to stop.'))
    }
  }

  #submit<Result>(work: Work<Result>, signal: AbortSignal): Promise<Result> {
    const { promise, resolve, reject } = Promise.withResolvers<Result>()
    const end = () => {
      job.pause?.cancel()
      this.#waiting[work.kind].delete(job)
      this.#paused.delete(job)
      signal.removeEventListener('abort', stop)
    }
    const job: Job = {
      work: work as Work<unknown>,
      resolve(result) {
        end()
        resolve(result as Result)
      },
      reject(error) {
        end()
        reject(error)
      },
      abandoned: 0,
      history: 'as-asked',
      pause: undefined,
    }
    const stop = () => job.reject(new TurnAborted('The hub is closing.'))
    if (signal.aborted) stop()
    else {
      signal.addEventListener('abort', stop, { once: true })
      this.#place(job)
    }
    return promise
  }

  /** To the worker with the least in hand, or into the line. */
  #place(job: Job): void {
    const { kind, name, version } = job.work
    let best: ConnectedWorker | undefined
    for (const worker of this.#workers) {
      if (!worker.hasRoom(kind) || !worker.accepts(kind, name, version)) continue
      if (!best || worker.used[kind] < best.used[kind]) best = worker
    }
    if (best) this.#lease(job, best)
    else this.#waiting[kind].add(job)
  }

  /** Gives a worker of what waits as much as it has room for. */
  #serve(worker: ConnectedWorker, kind: WorkKind): void {
    if (!this.#workers.has(worker)) return
    for (const job of this.#waiting[kind]) {
      if (!worker.hasRoom(kind)) return
      if (!worker.accepts(kind, job.work.name, job.work.version)) continue
      this.#waiting[kind].delete(job)
      this.#lease(job, worker)
    }
  }

  #lease(job: Job, worker: ConnectedWorker): void {
    const item = job.work.item(job.history === 'sent' ? 'sent' : worker.history)
    const completionToken = `${this.#prefix}:${++this.#leased}`
    this.#leases.set(completionToken, { job, worker })
    worker.used[job.work.kind]++
    worker.send({ ...item, completionToken })
  }

  #endLease(kind: WorkKind, token: string): Lease | undefined {
    const lease = this.#leases.get(token)
    if (!lease || lease.job.work.kind !== kind) return undefined
    this.#leases.delete(token)
    lease.worker.used[kind]--
    return lease
  }

  #keepTrace({ turn }: OrchestratorWork, { orchestrationTraceContext }: OrchestratorResponse): void {
    if (!orchestrationTraceContext) return
    this.#traces.delete(turn.executionId)
    this.#traces.set(turn.executionId, orchestrationTraceContext)
    const [oldest] = this.#traces.keys()
    if (this.#traces.size > keptTraces && oldest !== undefined) this.#traces.delete(oldest)
  }
}
