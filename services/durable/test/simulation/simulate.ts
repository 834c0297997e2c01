/** One run of the task hub with random programs, on hosts that crash. */
import assert from 'node:assert/strict'
import {
  type Executor,
  eventTypes,
  type HistoryEvent,
  type HubOptions,
  InstanceExists,
  openTaskHubs,
  type TaskHub,
  TurnAborted,
} from '@aloft/durable'
import { Logger } from '@aloft/kernel'
import { Partition } from '../../src/engine/partition.ts'
import {
  countEvents,
  interpret,
  type Program,
  programFunctions,
  randomProgram,
} from '../engine/random-programs.ts'
import { stubExecutor } from '../engine/replay-executor.ts'
import type { MemoryStore } from './memory-engine.ts'
import { Host, World } from './world.ts'

/** More than any program needs; a run that takes longer is stuck. */
const mostSteps = 60_000
const completed = 1

/** What a client asks for: again after a crash, as it may have been lost. */
interface Request {
  readonly isRepeatable: boolean
  /** Whether an earlier try, after which the host died, got through. */
  readonly hasArrived?: (store: MemoryStore) => boolean
  send(hub: TaskHub): Promise<unknown>
}

/** @throws AssertionError when something came of it that should not have */
export async function simulate(seed: number, store: MemoryStore): Promise<void> {
  store.clear()
  const world = new World(seed)
  const programs = Array.from({ length: 1 + world.below(3) }, (_, index) =>
    randomProgram(world.random, `p${index}`, { depth: 0, most: 3 }),
  )
  const run = new Run(world, store)
  const undo = deliverTwice(world)
  try {
    await run.until(programs, () => run.isOver(programs.length))
    for (const [index, program] of programs.entries()) check(store, idOf(store, `p${index}`) ?? '', program)
    await run.until([], () => store.all('SELECT seq FROM durable_message LIMIT 1').length === 0)
    const locked = store.all<{ id: string }>('SELECT id FROM durable_instance WHERE lock IS NOT NULL')
    assert.deepEqual(locked, [], 'locks are left')
  } finally {
    undo()
    run.end()
  }
}

class Run {
  readonly #world: World
  readonly #store: MemoryStore
  readonly #options: Partial<HubOptions>
  readonly #hosts: (Host & { hub?: TaskHub })[]
  #crashes: number
  /** Requests of each client, in order; the first one may be under way. */
  #clients: Request[][] = []
  #underWay = new Map<Request[], Host>()

  constructor(world: World, store: MemoryStore) {
    this.#world = world
    this.#store = store
    this.#crashes = world.below(6)
    this.#options = {
      partitions: 1 + world.below(3),
      warmCharacters: [0, 20_000, 1e9][world.below(3)] as number,
      maxConcurrentActivities: 1 + world.below(8),
      maxConcurrentOrchestrators: 1 + world.below(8),
    }
    const count = world.random() < 0.25 ? 2 : 1
    this.#hosts = Array.from({ length: count }, (_, index) => this.#start(index))
  }

  isOver(count: number): boolean {
    if (this.#clients.some((requests) => requests.length > 0)) return false
    const sql =
      'SELECT count(*) AS count FROM durable_instance WHERE completed_at IS NOT NULL AND parent_id IS NULL'
    return (this.#store.all<{ count: number }>(sql)[0]?.count ?? 0) === count
  }

  async until(programs: readonly Program[], isDone: () => boolean): Promise<void> {
    this.#clients = programs.map((program, index) => {
      const client = `p${index}`
      // Under an id of its own, or one that the hub makes.
      return requestsOf(client, program, this.#world.random() < 0.5 ? client : undefined)
    })
    const { random, below } = this.#world
    for (let step = 0; step < mostSteps; step++) {
      if (this.#world.isIdle && isDone()) return
      if (this.#crashes > 0 && random() < 0.01) this.#crash(below.call(this.#world, this.#hosts.length))
      if (random() < 0.1) this.#ask()
      await this.#world.step()
    }
    assert.fail(
      `stuck: ${JSON.stringify(this.#store.all('SELECT id, status, turns, active FROM durable_instance'))}`,
    )
  }

  end(): void {
    for (const host of this.#hosts) this.#world.kill(host)
  }

  #start(index: number): Host & { hub?: TaskHub } {
    const world = this.#world
    const host: Host & { hub?: TaskHub } = new Host()
    const clock = world.clockOf(host)
    const engine = this.#store.open(world, host, () => (host.hub ? 0.003 : 0))
    const makeId = () => Array.from({ length: 4 }, () => hex(world.below(2 ** 32))).join('')
    const log = new Logger(clock, [])
    openTaskHubs({ engine, clock, log, makeId, owner: `host${index}` })
      .then((hubs) => hubs.hub('Hub', unreliable(world, host), this.#options))
      .then((hub) => {
        host.hub = hub
      })
    return host
  }

  #crash(index: number): void {
    const host = this.#hosts[index] as Host
    const lost = [...this.#underWay].filter(([, at]) => at === host).map(([requests]) => requests)
    // Of some nobody could say whether they got through.
    if (lost.some(([request]) => !request?.isRepeatable)) return
    for (const requests of lost) this.#underWay.delete(requests)
    this.#crashes--
    this.#world.kill(host)
    this.#hosts[index] = this.#start(index)
  }

  #ask(): void {
    // Messages through one host come in the order in which they were sent, through two in any.
    const [host] = this.#hosts
    const waiting = this.#clients.filter((each) => each.length > 0 && !this.#underWay.has(each))
    const requests = waiting[this.#world.below(waiting.length)]
    const [request] = requests ?? []
    if (!host?.hub || !requests || !request) return
    if (request.hasArrived?.(this.#store)) {
      requests.shift()
      return
    }
    this.#underWay.set(requests, host)
    request.send(host.hub).then(
      () => {
        requests.shift()
        this.#underWay.delete(requests)
      },
      (error: unknown) => {
        // Nothing was written, or an earlier try got through.
        if (error instanceof InstanceExists) requests.shift()
        this.#underWay.delete(requests)
      },
    )
  }
}

function requestsOf(client: string, program: Program, instanceId: string | undefined): Request[] {
  const input = JSON.stringify({ ...program, results: [] })
  let id = instanceId
  const start: Request = {
    isRepeatable: true,
    hasArrived(store) {
      id ??= idOf(store, client)
      return id !== undefined && id !== instanceId
    },
    async send(hub) {
      const tags = { client }
      id = (await hub.start({ name: 'program', instanceId, input, tags, replaceable: [] })).instanceId
    },
  }
  const events = [...countEvents(program)].flatMap(([name, count]) =>
    Array.from(
      { length: count },
      (_, number): Request => ({
        isRepeatable: false,
        send: (hub) => hub.raiseEvent(id ?? '', name, String(number)),
      }),
    ),
  )
  return [start, ...events]
}

/** The instance that a client has started. */
function idOf(store: MemoryStore, client: string): string | undefined {
  const sql = 'SELECT id FROM durable_instance WHERE origin LIKE ?'
  const rows = store.all<{ id: string }>(sql, `%"client":"${client}"%`)
  assert.ok(rows.length <= 1, `${client} was started twice`)
  return rows[0]?.id
}

/** Everything takes its time, and is given up now and then. */
function unreliable(world: World, host: Host): Executor {
  const stub = stubExecutor(programFunctions)
  const pass = async () => {
    await world.pass(host)
    if (world.random() < 0.03) throw new TurnAborted('the worker is gone')
  }
  return {
    async orchestrator(turn, signal) {
      await pass()
      return stub.orchestrator(turn, signal)
    },
    async activity(work, signal) {
      await pass()
      const result = await stub.activity(work, signal)
      await pass()
      return result
    },
    async entity(batch, signal) {
      await pass()
      return stub.entity(batch, signal)
    },
  }
}

/** Delivers messages once more now and then, at any later time. Returns the way back. */
function deliverTwice(world: World): () => void {
  const { deliver } = Partition.prototype
  Partition.prototype.deliver = function (target, message) {
    deliver.call(this, target, message)
    if (message.seq !== 0 && world.random() < 0.05) {
      const again = { ...message }
      world.begin(anywhere, () => deliver.call(this, target, again))
    }
  }
  return () => {
    Partition.prototype.deliver = deliver
  }
}

const anywhere = new Host()

function check(store: MemoryStore, id: string, program: Program): void {
  const [row] = store.all<{ seq: number; status: number; output: string }>(
    'SELECT seq, status, output FROM durable_instance WHERE id = ?',
    id,
  )
  assert.equal(row?.status, completed, `${id} has not completed: ${row?.output}`)
  assert.deepEqual(JSON.parse(JSON.parse(row.output)), interpret(program), `${id}: its output`)
  for (const { seq } of store.all<{ seq: number }>('SELECT seq FROM durable_instance WHERE status < 10')) {
    const turns = store.all<{ events: string }>(
      'SELECT events FROM durable_turn WHERE instance = ? ORDER BY turn',
      seq,
    )
    checkHistory(JSON.parse(`[${turns.map(({ events }) => events).join(',')}]`))
  }
}

/** Nothing twice, nothing without its beginning, and time never goes back. */
function checkHistory(history: readonly HistoryEvent[]): void {
  const begun = new Set<unknown>()
  const closed = new Set<unknown>()
  let time = ''
  for (const event of history) {
    if (event.EventId >= 0 && event.EventType !== eventTypes.executionCompleted) {
      assert.ok(!begun.has(event.EventId), `${event.EventId} was begun twice`)
      begun.add(event.EventId)
    }
    const closes = event.EventType === eventTypes.timerFired ? event.TimerId : event.TaskScheduledId
    if (closes !== undefined) {
      assert.ok(begun.has(closes) && !closed.has(closes), `${closes} was closed twice`)
      closed.add(closes)
    }
    if (event.EventType === eventTypes.orchestratorStarted) {
      assert.ok(event.Timestamp >= time, 'time went back')
      time = event.Timestamp
    }
  }
  assert.equal(history.at(-1)?.EventType, eventTypes.orchestratorCompleted)
}

function hex(number: number): string {
  return number.toString(16).padStart(8, '0')
}
