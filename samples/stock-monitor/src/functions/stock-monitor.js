/** `POST /api/monitors` watches a share until its price has moved far enough, or the time limit is over. */
import { app, output } from '@azure/functions'
import * as df from 'durable-functions'
import { readPrice, writePrice } from '../prices.js'

const checkIntervalSeconds = 120
const alerts = output.storageQueue({ queueName: 'alerts', connection: 'AzureWebJobsStorage' })

app.post('startMonitor', {
  route: 'monitors',
  authLevel: 'anonymous',
  extraInputs: [df.input.durableClient()],
  handler: async (request, context) => {
    const { symbol, percentageChange, timeLimitSeconds } = await request.json()
    if (!symbol || !(percentageChange > 0) || !(timeLimitSeconds > 0))
      return {
        status: 400,
        jsonBody: { problem: 'symbol, percentageChange and timeLimitSeconds are needed' },
      }
    const client = df.getClient(context)
    const id = await client.startNew('checkStockPrice', {
      input: { symbol, percentageChange, timeLimitSeconds },
    })
    return client.createCheckStatusResponse(request, id)
  },
})

df.app.orchestration('checkStockPrice', function* (context) {
  const { symbol, percentageChange, timeLimitSeconds } = context.df.getInput()
  const exitTime = context.df.currentUtcDateTime.getTime() + timeLimitSeconds * 1000
  const first = yield context.df.callActivity('getStockPrice', symbol)
  let checks = 1
  for (;;) {
    context.df.setCustomStatus({ checks })
    const next = context.df.currentUtcDateTime.getTime() + checkIntervalSeconds * 1000
    if (next > exitTime) return { symbol, outcome: 'time limit', checks }
    yield context.df.createTimer(new Date(next))
    const price = yield context.df.callActivity('getStockPrice', symbol)
    checks++
    const change = (100 * (price - first)) / ((price + first) / 2)
    if (Math.abs(change) >= percentageChange) {
      yield context.df.callActivity('notifyStockPercentageChange', { symbol, first, price })
      return { symbol, outcome: 'threshold', first, price, checks }
    }
  }
})

df.app.activity('getStockPrice', { handler: (symbol) => readPrice(symbol) })

df.app.activity('notifyStockPercentageChange', {
  extraOutputs: [alerts],
  handler: (alert, context) => {
    context.extraOutputs.set(alerts, alert)
    context.log(`${alert.symbol} went from ${alert.first} to ${alert.price}`)
  },
})

app.http('price', {
  methods: ['PUT'],
  route: 'prices/{symbol}',
  authLevel: 'anonymous',
  handler: async (request) => {
    const price = Number(await request.text())
    if (!(price > 0)) return { status: 400, body: 'The price must be a number above 0.' }
    await writePrice(request.params.symbol, price)
    return { status: 204 }
  },
})
