/** A process under load that is to be killed: starts chains, and tells of each start that was acknowledged. */
import { openTaskHubs } from '@aloft/durable'
import { openEngine } from '@aloft/engine'
import { systemClock as clock, Logger } from '@aloft/kernel'
import { chainFunctions } from './crash-functions.ts'
import { stubExecutor } from './replay-executor.ts'

const [, , directory = '', prefix = ''] = process.argv
const log = new Logger(clock, [])
const engine = await openEngine({ directory, clock, log })
const hubs = await openTaskHubs({ engine, clock, log })
const hub = await hubs.hub('Crash', stubExecutor(chainFunctions))
let next = 0
const load = async () => {
  for (;;) {
    const instanceId = `${prefix}${next++}`
    await hub.start({ name: 'chain', instanceId, input: '4' })
    await hub.signalEntity({ instanceId: '@counter@all', operation: 'add', input: '1' })
    process.stdout.write(`${instanceId}\n`)
    if (next % 7 === 0) await hub.waitFor(instanceId, 'ended', new AbortController().signal)
  }
}
await Promise.all(Array.from({ length: 20 }, load))
