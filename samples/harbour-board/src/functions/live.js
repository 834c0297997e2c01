/** The live feed: server-sent events, one with the whole board after every change. */
import { app } from '@azure/functions'
import { onChange, snapshot } from '../harbour.js'

// Nothing tells a function that its reader has gone, so no feed lasts for ever; browsers come back by themselves.
const eventsPerFeed = 50
const comeBackAfterMs = 200
const encoder = new TextEncoder()

app.get('liveArrivals', {
  route: 'api/arrivals/live',
  handler: async () => ({
    headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store' },
    body: boardEvents(),
  }),
})

function boardEvents() {
  let stopListening
  return new ReadableStream({
    start(controller) {
      let left = eventsPerFeed
      const send = () => {
        controller.enqueue(encoder.encode(`data: ${JSON.stringify(snapshot())}\n\n`))
        if (--left > 0) return
        stopListening()
        controller.close()
      }
      stopListening = onChange(send)
      controller.enqueue(encoder.encode(`retry: ${comeBackAfterMs}\n`))
      send()
    },
    cancel() {
      stopListening()
    },
  })
}
