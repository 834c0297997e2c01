/** The API: list, add, look up, take off. */
import { app } from '@azure/functions'
import { readArrival } from '../arrival-form.js'
import * as harbour from '../harbour.js'

app.get('listArrivals', {
  route: 'api/arrivals',
  handler: async (request) => {
    const status = request.query.get('status')
    const { time, arrivals } = harbour.snapshot()
    return { jsonBody: { time, arrivals: arrivals.filter((ship) => !status || ship.status === status) } }
  },
})

app.post('addArrival', {
  route: 'api/arrivals',
  handler: async (request, context) => {
    const { arrival, problems } = readArrival(await request.json().catch(() => undefined))
    if (problems) return { status: 400, jsonBody: { problems } }
    const ship = harbour.announce(arrival)
    context.log(`${ship.name} from ${ship.from} is on the board as number ${ship.id}`)
    return { status: 201, headers: { location: `/api/arrivals/${ship.id}` }, jsonBody: ship }
  },
})

// `{id:int}` keeps everything that is not a number away: such a request is a 404 before any code runs.
app.get('getArrival', {
  route: 'api/arrivals/{id:int}',
  handler: async (request) => {
    const ship = harbour.find(Number(request.params.id))
    return ship
      ? { jsonBody: ship }
      : { status: 404, jsonBody: { error: 'There is no such ship on the board.' } }
  },
})

app.deleteRequest('removeArrival', {
  route: 'api/arrivals/{id:int}',
  handler: async (request) => ({ status: harbour.remove(Number(request.params.id)) ? 204 : 404 }),
})
