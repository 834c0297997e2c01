/** What does not fit a rate: very many instances at rest, and a very long history. */
import { openTaskHubs, type TaskHub } from '@aloft/durable'
import type { Engine } from '@aloft/engine'
import { systemClock as clock, Logger } from '@aloft/kernel'
import { inFlight, stubExecutor } from './durable-lanes.ts'

export interface Scale {
  readonly what: string
  readonly ms: number
}

const ended = new AbortController().signal
const waiting = 100_000
const longTasks = 49_000

export async function measureScale(engine: Engine): Promise<readonly Scale[]> {
  const log = new Logger(clock, [])
  const open = async () => {
    const hubs = await openTaskHubs({ engine, clock, log })
    return { hubs, hub: await hubs.hub('Scale', stubExecutor, { maxConcurrentActivities: 100 }) }
  }
  const first = await open()
  await fill(first.hub)
  const long = await grow(first.hub)
  const warm = await time(() => answer(first.hub, long.warm))
  await first.hubs.close()
  let second = first
  const start = await time(async () => {
    second = await open()
    // The first answer of a hub that is at work.
    const { instanceId } = await second.hub.start({ name: 'chain', input: '3' })
    await second.hub.waitFor(instanceId, 'ended', ended)
  })
  const cold = await time(() => answer(second.hub, long.cold))
  const idle = process.cpuUsage()
  await clock.sleep(2000)
  const { user, system } = process.cpuUsage(idle)
  await second.hubs.close()
  return [
    {
      what: `opening a hub with ${waiting} waiting orchestrations, to the end of a first workflow`,
      ms: start,
    },
    { what: 'CPU of these in a second', ms: (user + system) / 2000 },
    { what: 'an event to an orchestration with 100,000 events, in memory, to its end', ms: warm },
    { what: 'the same, read from the disk', ms: cold },
  ]
}

/** Half of them wait for an event, half for a timer. */
async function fill(hub: TaskHub): Promise<void> {
  let next = 0
  await inFlight(500, waiting, async () => {
    const { instanceId } = await hub.start({ name: 'waits', input: next++ % 2 === 0 ? '"event"' : '"timer"' })
    await hub.waitFor(instanceId, 'started', ended)
  })
}

async function grow(hub: TaskHub): Promise<{ warm: string; cold: string }> {
  const ids = []
  for (let count = 0; count < 2; count++) {
    const { instanceId } = await hub.start({ name: 'long', input: String(longTasks) })
    while ((await hub.history(instanceId)).length < 2 * longTasks) await clock.sleep(500)
    ids.push(instanceId)
  }
  const [cold = '', warm = ''] = ids
  return { warm, cold }
}

async function answer(hub: TaskHub, instanceId: string): Promise<void> {
  await hub.raiseEvent(instanceId, 'go', null)
  await hub.waitFor(instanceId, 'ended', ended)
}

async function time(action: () => Promise<void>): Promise<number> {
  const started = performance.now()
  await action()
  return performance.now() - started
}
