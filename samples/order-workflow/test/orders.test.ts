import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type RunningSample, runSample } from '../../run-sample.ts'
import { outputOf, startWorkflow, workflowStatus } from '../../workflow.ts'

let app: RunningSample
before(async () => {
  app = await runSample(fileURLToPath(new URL('..', import.meta.url)))
})
after(() => app?.stop())

const card = '5555 4444'
const email = 'ann@example.org'
const place = (order: object) => startWorkflow(`${app.url}/api/orders`, { card, email, ...order })

async function stockOf(item: string): Promise<number> {
  const response = await fetch(`${app.url}/api/stock/${item}`)
  return ((await response.json()) as { stock: number }).stock
}

test('an order is reserved, paid, shipped and told of', async () => {
  const before = await stockOf('chair')
  const order = await place({ item: 'chair', quantity: 2 })
  const output = (await outputOf(order)) as { trackingNumber: string }
  assert.deepEqual(output, { status: 'shipped', amount: 240, trackingNumber: output.trackingNumber })
  assert.match(output.trackingNumber, /^ALOFT-[0-9A-F]{8}$/)
  await app.printed(new RegExp(`To ann@example\\.org: On its way: ${output.trackingNumber}`))
  assert.equal(await stockOf('chair'), before - 2)
  assert.deepEqual((await workflowStatus(order)).customStatus, { step: 'done' })
})

test('a card that is declined puts the goods back', async () => {
  const before = await stockOf('lamp')
  const output = await outputOf(await place({ item: 'lamp', quantity: 1, card: '4000 0000' }))
  assert.deepEqual(output, { status: 'cancelled', reason: 'the card was declined' })
  assert.equal(await stockOf('lamp'), before)
})

test('what cannot be shipped, tried twice, is refunded and put back', async () => {
  const output = await outputOf(await place({ item: 'piano', quantity: 1 }))
  assert.deepEqual(output, { status: 'cancelled', reason: 'no carrier takes a piano' })
  assert.equal(await stockOf('piano'), 1)
  await app.printed(/To ann@example\.org: We are sorry: no carrier takes a piano/)
})

test('no more is sold than there is, however many order at once', async () => {
  const orders = await Promise.all(Array.from({ length: 8 }, () => place({ item: 'lamp', quantity: 1 })))
  const outputs = (await Promise.all(orders.map(outputOf))) as readonly { status: string }[]
  assert.equal(outputs.filter(({ status }) => status === 'shipped').length, 5)
  assert.equal(await stockOf('lamp'), 0)
})

test('an order that is wrong is not begun', async () => {
  const response = await fetch(`${app.url}/api/orders`, {
    method: 'POST',
    body: '{"item":"lamp","quantity":0}',
  })
  assert.equal(response.status, 400)
  assert.deepEqual(await response.json(), { problem: 'quantity must be a whole number above 0' })
})
