/** `GET /api/stock/{item}`: how many are left. */
import { app } from '@azure/functions'
import { stockOf } from '../warehouse.js'

app.get('stock', {
  route: 'stock/{item}',
  authLevel: 'anonymous',
  handler: async (request) => ({ jsonBody: { stock: await stockOf(request.params.item) } }),
})
