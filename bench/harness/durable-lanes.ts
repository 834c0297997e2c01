/** The measurements of `./aloft bench durable-engine`: workflows over a stub executor, so that only the engine counts. */
import {
  type Executor,
  eventTypes,
  type OrchestratorAction,
  type OrchestratorTurn,
  type TaskHub,
  type TurnResult,
} from '@aloft/durable'

export interface DurableLane {
  readonly name: string
  readonly setting: string
  /** What is counted. */
  readonly unit: string
  readonly count: number
  readonly run: (hub: TaskHub) => Promise<void>
}

const ended = new AbortController().signal

/** Chains, a fan-out, a counter and a loop, told apart by the orchestrator's name. */
export const stubExecutor: Executor = {
  async orchestrator(turn) {
    return programs[turn.name]?.(turn) ?? finish(turn, null)
  },
  async activity({ input }) {
    return { kind: 'completed', result: input }
  },
  async entity({ state, operations }) {
    let value = Number(state ?? 0)
    const results = operations.map(({ input }) => {
      value += Number(input)
      return { isError: false, result: String(value) }
    })
    return { exists: true, state: String(value), results, signals: [], starts: [] }
  },
}

const programs: Readonly<Record<string, (turn: OrchestratorTurn) => TurnResult>> = {
  /** `input` activities, one after the other. */
  chain(turn) {
    const done = completions(turn)
    const next = turn.pastEvents.length === 0 ? 0 : lastId(turn) + 1
    if (next > 0 && done === 0) return { actions: [], customStatus: undefined }
    return next < Number(turn.input) ? act(schedule(next)) : finish(turn, '"done"')
  },
  /** `input` activities at once. */
  fan(turn) {
    const count = Number(turn.input)
    if (turn.pastEvents.length === 0)
      return { actions: Array.from({ length: count }, (_, id) => schedule(id)), customStatus: undefined }
    const open = (openCounts.get(turn.instanceId) ?? count) - completions(turn)
    openCounts.set(turn.instanceId, open)
    return open > 0 ? { actions: [], customStatus: undefined } : finish(turn, '"done"')
  },
  /** Takes `input` events. */
  events(turn) {
    const left = openCounts.get(turn.instanceId) ?? Number(turn.input)
    const taken = turn.newEvents.filter(({ EventType }) => EventType === eventTypes.eventRaised).length
    openCounts.set(turn.instanceId, left - taken)
    return left - taken > 0 ? { actions: [], customStatus: undefined } : finish(turn, '"done"')
  },
  /** `input` activities at once, then an event; looks at the text of the history as a worker's executor would. */
  long(turn) {
    const isTold = turn.newEvents.some(({ EventType }) => EventType === eventTypes.eventRaised)
    if (isTold) return finish(turn, String(turn.historyJson().length))
    const count = turn.pastEvents.length === 0 ? Number(turn.input) : 0
    return { actions: Array.from({ length: count }, (_, id) => schedule(id)), customStatus: undefined }
  },
  /** Waits for an event that does not come, or for a day. */
  waits(turn) {
    return turn.input === '"event"' ? { actions: [], customStatus: undefined } : act(timer)
  },
  /** `input` generations. */
  eternal(turn) {
    const left = Number(turn.input)
    if (left === 0) return finish(turn, '"done"')
    return act({ kind: 'complete', id: 0, status: 'ContinuedAsNew', result: String(left - 1) })
  },
}

/** What an SDK would know from its replay. */
const openCounts = new Map<string, number>()

function schedule(id: number): OrchestratorAction {
  return { kind: 'schedule-task', id, name: 'echo', input: '["Tokyo"]' }
}

const timer: OrchestratorAction = { kind: 'create-timer', id: 0, fireAt: Date.now() + 86_400_000 }

function act(action: OrchestratorAction): TurnResult {
  return { actions: [action], customStatus: undefined }
}

function finish(turn: OrchestratorTurn, result: string | null): TurnResult {
  openCounts.delete(turn.instanceId)
  return act({ kind: 'complete', id: -1, status: 'Completed', result })
}

function completions({ newEvents }: OrchestratorTurn): number {
  let count = 0
  for (const { EventType } of newEvents) if (EventType === eventTypes.taskCompleted) count++
  return count
}

function lastId({ pastEvents }: OrchestratorTurn): number {
  return pastEvents.findLast(({ EventType }) => EventType === eventTypes.taskScheduled)?.EventId ?? -1
}

export const durableLanes: readonly DurableLane[] = [
  chainLane(3, 1, 300),
  chainLane(3, 100, 10_000),
  chainLane(3, 1000, 20_000),
  chainLane(5, 100, 5000),
  fanLane(1000, 10),
  fanLane(10_000, 2),
  {
    name: 'signals to one entity',
    setting: '200',
    unit: 'signals',
    count: 20_000,
    run: (hub) =>
      inFlight(200, 20_000, () =>
        hub.signalEntity({ instanceId: '@counter@one', operation: 'add', input: '1' }),
      ),
  },
  {
    name: 'continue as new',
    setting: '1',
    unit: 'generations',
    count: 3000,
    run: (hub) => toEnd(hub, 'eternal', '3000'),
  },
]

function chainLane(steps: number, width: number, count: number): DurableLane {
  return {
    name: `chain of ${steps} activities`,
    setting: String(width),
    unit: 'workflows',
    count,
    run: (hub) => inFlight(width, count, () => toEnd(hub, 'chain', String(steps))),
  }
}

function fanLane(width: number, count: number): DurableLane {
  return {
    name: `fan-out of ${width} activities`,
    setting: '1',
    unit: 'activities',
    count: width * count,
    run: (hub) => inFlight(1, count, () => toEnd(hub, 'fan', String(width))),
  }
}

export async function toEnd(hub: TaskHub, name: string, input: string): Promise<void> {
  const { instanceId } = await hub.start({ name, input })
  await hub.waitFor(instanceId, 'ended', ended)
}

/** Runs `action` `count` times, `limit` at a time. */
export async function inFlight(limit: number, count: number, action: () => Promise<void>): Promise<void> {
  let next = 0
  const run = async () => {
    while (next++ < count) await action()
  }
  await Promise.all(Array.from({ length: limit }, run))
}
