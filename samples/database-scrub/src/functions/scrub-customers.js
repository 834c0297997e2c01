/** Cleans the customers on a schedule. What changes meanwhile is left for the next time. */
import { app } from '@azure/functions'
import { readCustomers, removeCustomer, updateCustomer } from '../customers-table.js'
import { scrub } from '../scrub.js'

app.timer('scrubCustomers', {
  schedule: '%SCRUB_SCHEDULE%',
  handler: async (_timer, context) => {
    const customers = await readCustomers()
    const etags = new Map(customers.map(({ id, etag }) => [id, etag]))
    const { update, remove } = scrub(customers)
    for (const { id, reason } of remove)
      if (await removeCustomer({ id, etag: etags.get(id) })) context.log(`Removed ${id}: ${reason}`)
    for (const customer of update) await updateCustomer({ ...customer, etag: etags.get(customer.id) })
    context.log(`Scrubbed ${customers.length} customers: ${update.length} mended, ${remove.length} removed`)
  },
})
