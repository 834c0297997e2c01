/** `POST /api/orders` starts an order; the answer names the addresses that tell what became of it. */
import { app } from '@azure/functions'
import * as df from 'durable-functions'

/** Deliveries fail now and then; a payment that was refused stays refused. */
const twice = new df.RetryOptions(1000, 2)

app.post('startOrder', {
  route: 'orders',
  authLevel: 'anonymous',
  extraInputs: [df.input.durableClient()],
  handler: async (request, context) => {
    const order = await request.json().catch(() => undefined)
    const problem = problemOf(order)
    if (problem) return { status: 400, jsonBody: { problem } }
    const client = df.getClient(context)
    const id = await client.startNew('placeOrder', { input: order })
    return client.createCheckStatusResponse(request, id)
  },
})

df.app.orchestration('placeOrder', function* (context) {
  const order = { id: context.df.instanceId, ...context.df.getInput() }
  const undo = []
  const say = (step) => context.df.setCustomStatus({ step })
  try {
    say('reserving')
    const { amount } = yield context.df.callActivity('checkAndReserveInventory', order)
    undo.push('releaseInventory')
    say('charging')
    yield context.df.callActivity('processPayment', { ...order, amount })
    undo.push('refundPayment')
    say('shipping')
    const trackingNumber = yield context.df.callActivityWithRetry('scheduleShipping', twice, order)
    yield context.df.callActivity('emailCustomer', { order, text: `On its way: ${trackingNumber}` })
    say('done')
    return { status: 'shipped', amount, trackingNumber }
  } catch (error) {
    // What has been done is undone, the last step first.
    say('undoing')
    for (const step of undo.reverse()) yield context.df.callActivity(step, order)
    const reason = reasonOf(error)
    yield context.df.callActivity('emailCustomer', { order, text: `We are sorry: ${reason}` })
    say('cancelled')
    return { status: 'cancelled', reason }
  }
})

function problemOf(order) {
  if (typeof order?.item !== 'string' || order.item === '') return 'item must name what is ordered'
  if (!Number.isInteger(order.quantity) || order.quantity < 1)
    return 'quantity must be a whole number above 0'
  if (typeof order.email !== 'string' || !order.email.includes('@')) return 'email must be an e-mail address'
  if (typeof order.card !== 'string') return 'card must be the number of a card'
  return undefined
}

/** The last words of an activity's error, which comes wrapped in the words of the host. */
function reasonOf(error) {
  return /Refused: (.*)/.exec(error.message)?.[1] ?? error.message
}
