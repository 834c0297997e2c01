/** A worker that has asked for work: what it takes, and how much at a time. */
import type { WorkKind } from './work.ts'

export interface GetWorkItemsRequest {
  readonly maxConcurrentOrchestrationWorkItems: number
  readonly maxConcurrentActivityWorkItems: number
  readonly maxConcurrentEntityWorkItems: number
  readonly capabilities: readonly number[]
  readonly workItemFilters: {
    readonly orchestrations: readonly NameFilter[]
    readonly activities: readonly NameFilter[]
    readonly entities: readonly { readonly name: string }[]
  } | null
}

interface NameFilter {
  readonly name: string
  readonly versions: readonly string[]
}

/** For workers that name no limit. */
const usualLimit = 1000
const historyStreaming = 1

export class ConnectedWorker {
  /** What it has in hand, by kind. */
  readonly used: Record<WorkKind, number> = { orchestrator: 0, activity: 0, entity: 0 }
  readonly send: (item: object) => void
  readonly history: 'sent' | 'streamed'
  readonly #limits: Readonly<Record<WorkKind, number>>
  /** Versions by name; none = all versions. Undefined = everything. */
  readonly #filters: Readonly<Record<WorkKind, ReadonlyMap<string, readonly string[]>>> | undefined

  /** @param send writes a `WorkItem` */
  constructor(request: GetWorkItemsRequest, send: (item: object) => void) {
    this.send = send
    this.history = request.capabilities.includes(historyStreaming) ? 'streamed' : 'sent'
    this.#limits = {
      orchestrator: request.maxConcurrentOrchestrationWorkItems || usualLimit,
      activity: request.maxConcurrentActivityWorkItems || usualLimit,
      entity: request.maxConcurrentEntityWorkItems || usualLimit,
    }
    const filters = request.workItemFilters
    this.#filters = filters
      ? {
          orchestrator: byName(filters.orchestrations),
          activity: byName(filters.activities),
          entity: new Map(filters.entities.map(({ name }) => [name.toLowerCase(), []])),
        }
      : undefined
  }

  hasRoom(kind: WorkKind): boolean {
    return this.used[kind] < this.#limits[kind]
  }

  accepts(kind: WorkKind, name: string, version: string): boolean {
    if (!this.#filters) return true
    const versions = this.#filters[kind].get(name)
    return versions !== undefined && (versions.length === 0 || versions.includes(version))
  }
}

function byName(filters: readonly NameFilter[]): ReadonlyMap<string, readonly string[]> {
  return new Map(filters.map(({ name, versions }) => [name, versions]))
}
