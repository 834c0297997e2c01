/** The live feed: server-sent events, one with the whole board after every change. */
import { app } from '@azure/functions'
import { onChange, snapshot } from '../harbour.js'

const encoder = new TextEncoder()

app.get('liveArrivals', {
  route: 'api/arrivals/live',
  handler: async () => ({
    headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store' },
    body: boardEvents(),
  }),
})

/** Ends when the reader goes away. */
function boardEvents() {
  let stopListening
  return new ReadableStream({
    start(controller) {
      const send = () => controller.enqueue(encoder.encode(`data: ${JSON.stringify(snapshot())}\n\n`))
      stopListening = onChange(send)
      send()
    },
    cancel() {
      stopListening()
    },
  })
}
