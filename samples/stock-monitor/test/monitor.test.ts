import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { QueueClient } from '@azure/storage-queue'
import { runVirtualSample, type VirtualSample } from '../../virtual-sample.ts'
import { outputOf, type StartedWorkflow, startWorkflow, statusWhen } from '../../workflow.ts'

const checkIntervalMs = 120_000

let app: VirtualSample
before(async () => {
  app = await runVirtualSample(fileURLToPath(new URL('..', import.meta.url)))
})
after(() => app?.stop())

async function setPrice(symbol: string, price: number): Promise<void> {
  const response = await fetch(`${app.url}/api/prices/${symbol}`, { method: 'PUT', body: String(price) })
  assert.equal(response.status, 204)
}

const watch = (symbol: string, timeLimitSeconds: number) =>
  startWorkflow(`${app.url}/api/monitors`, { symbol, percentageChange: 5, timeLimitSeconds })

/** Waits until the monitor has looked at the price so often, and sleeps. */
const checked = (monitor: StartedWorkflow, checks: number) =>
  statusWhen(monitor, ({ customStatus }) => (customStatus as { checks: number } | null)?.checks === checks)

test('a monitor looks every two minutes, and tells when the price has moved far enough', async () => {
  await setPrice('ALFT', 100)
  const monitor = await watch('ALFT', 3600)
  await checked(monitor, 1)
  await setPrice('ALFT', 104)
  await app.clock.advance(checkIntervalMs - 1000)
  await checked(monitor, 1)
  await app.clock.advance(1000)
  await checked(monitor, 2)
  await setPrice('ALFT', 94)
  await app.clock.advance(checkIntervalMs)
  const output = await outputOf(monitor)
  assert.deepEqual(output, { symbol: 'ALFT', outcome: 'threshold', first: 100, price: 94, checks: 3 })
  const [alert] = (await new QueueClient(app.storageConnection, 'alerts').receiveMessages())
    .receivedMessageItems
  const text = Buffer.from(alert?.messageText ?? '', 'base64').toString()
  assert.deepEqual(JSON.parse(text), { symbol: 'ALFT', first: 100, price: 94 })
})

test('a monitor ends with its time limit, if nothing happens', async () => {
  await setPrice('CALM', 50)
  const monitor = await watch('CALM', 300)
  await checked(monitor, 1)
  await app.clock.advance(checkIntervalMs)
  await checked(monitor, 2)
  await app.clock.advance(checkIntervalMs)
  assert.deepEqual(await outputOf(monitor), { symbol: 'CALM', outcome: 'time limit', checks: 3 })
})

test('a monitor needs to know what to watch', async () => {
  const body = JSON.stringify({ symbol: 'ALFT' })
  const response = await fetch(`${app.url}/api/monitors`, { method: 'POST', body })
  assert.equal(response.status, 400)
})
