import assert from 'node:assert/strict'
import { test } from 'node:test'
import { VirtualClock } from '@aloft/kernel/testing'
import type { AppConfiguration } from '../../src/contracts.ts'
import type { InspectorEndpoint } from '../../src/worker/inspector-arguments.ts'
import { InspectorPorts } from '../../src/worker/inspector-ports.ts'

const endpoint: InspectorEndpoint = { host: '127.0.0.1', port: 9229, mode: 'break' }
const generation = (rootDirectory: string) => ({ context: { rootDirectory } }) as AppConfiguration

/** A process that notes what it is told; a paused one does not answer until it goes on. */
class FakeProcess {
  readonly told: string[] = []
  readonly lines: string[] = []
  #paused: (() => void)[] | undefined

  async inspect(wanted: InspectorEndpoint | undefined): Promise<string | undefined> {
    if (this.#paused) await new Promise<void>((goOn) => this.#paused?.push(goOn))
    this.told.push(wanted ? `${wanted.port} ${wanted.mode}` : 'closed')
    return wanted && `ws://${wanted.port}`
  }

  console(_stream: string, line: string): void {
    this.lines.push(line)
  }

  pause(): void {
    this.#paused = []
  }

  resume(): void {
    const waiting = this.#paused ?? []
    this.#paused = undefined
    for (const goOn of waiting) goOn()
  }
}

function fixture() {
  const clock = new VirtualClock()
  const ports = new InspectorPorts(clock)
  const claim = async (app: AppConfiguration, wanted = endpoint) => {
    const process = new FakeProcess()
    await ports.claim(process, app, wanted, process)
    return process
  }
  return { clock, ports, claim }
}

test('processes of one app, and of further apps, count up', async () => {
  const { claim } = fixture()
  const shop = generation('/shop')
  const processes = [await claim(shop), await claim(shop), await claim(generation('/billing'))]
  assert.deepEqual(
    processes.map(({ told }) => told),
    [['9229 break'], ['9230 break'], ['9231 break']],
  )
})

test('a new version gets the port of the old one, which has let go of it', async () => {
  const { claim } = fixture()
  const old = await claim(generation('/shop'))
  const next = await claim(generation('/shop'))
  assert.deepEqual([old.told, next.told], [['9229 break', 'closed'], ['9229 break']])
})

test('when a new version does not start, the old one gets the port back', async () => {
  const { claim, ports } = fixture()
  const old = await claim(generation('/shop'))
  ports.release(await claim(generation('/shop')))
  assert.deepEqual(old.told, ['9229 break', 'closed', '9229 run'])
})

test('a process that replaces a dead one gets its port', async () => {
  const { claim, ports } = fixture()
  const shop = generation('/shop')
  const dead = await claim(shop)
  await claim(shop)
  ports.release(dead)
  assert.deepEqual((await claim(shop)).told, ['9229 break'])
})

test('an old version that is paused keeps the new one from the port, not from starting', async () => {
  const { clock, claim, ports } = fixture()
  const old = await claim(generation('/shop'))
  old.pause()
  const next = new FakeProcess()
  const claimed = ports.claim(next, generation('/shop'), endpoint, next)
  await clock.advance(1000)
  await claimed
  assert.match(next.lines.join(), /9229 goes to the new version as soon as the old one lets go/)
  assert.deepEqual(next.told, [])
  old.resume()
  await clock.advance(0)
  assert.deepEqual([old.told.at(-1), next.told], ['closed', ['9229 run']])
})

test('with port 0 nobody waits for anybody', async () => {
  const { claim } = fixture()
  const old = await claim(generation('/shop'), { ...endpoint, port: 0 })
  const next = await claim(generation('/shop'), { ...endpoint, port: 0 })
  assert.deepEqual([old.told, next.told], [['0 break'], ['0 break']])
})
