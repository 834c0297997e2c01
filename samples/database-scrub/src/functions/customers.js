/** `POST /api/customers` adds one, as carelessly as the old system did; `GET /api/customers` lists them. */
import { app } from '@azure/functions'
import { addCustomer, readCustomers } from '../customers-table.js'

app.post('addCustomer', {
  route: 'customers',
  authLevel: 'anonymous',
  handler: async (request) => {
    const { name = '', email = '' } = await request.json()
    return { status: 201, jsonBody: { id: await addCustomer({ name: String(name), email: String(email) }) } }
  },
})

app.get('listCustomers', {
  route: 'customers',
  authLevel: 'anonymous',
  handler: async () => ({
    jsonBody: (await readCustomers()).map(({ id, name, email, since }) => ({ id, name, email, since })),
  }),
})
