/** The legacy database: a table of customers into which everything was put unchecked. */
import { randomUUID } from 'node:crypto'
import { TableClient } from '@azure/data-tables'

const partitionKey = 'customer'
const client = TableClient.fromConnectionString(process.env.AzureWebJobsStorage, 'customers', {
  allowInsecureConnection: true,
})
let created

async function customers() {
  created ??= client.createTable()
  await created
  return client
}

export async function addCustomer({ name, email }) {
  const rowKey = randomUUID()
  await (await customers()).createEntity({ partitionKey, rowKey, name, email, since: new Date() })
  return rowKey
}

/** Each customer with the tag of the version that was read. */
export async function readCustomers() {
  const list = []
  for await (const { rowKey: id, name, email, since, etag } of (await customers()).listEntities())
    list.push({ id, name, email, since: since.toISOString(), etag })
  return list
}

/** Whether it was changed: not when somebody else changed the row since it was read. */
export function updateCustomer({ id, etag, name, email }) {
  return unlessChanged(async () =>
    (await customers()).updateEntity({ partitionKey, rowKey: id, name, email }, 'Merge', { etag }),
  )
}

/** Whether it was removed: not when somebody else changed the row since it was read. */
export function removeCustomer({ id, etag }) {
  return unlessChanged(async () => (await customers()).deleteEntity(partitionKey, id, { etag }))
}

async function unlessChanged(change) {
  try {
    await change()
    return true
  } catch (error) {
    if (error.statusCode === 412 || error.statusCode === 404) return false
    throw error
  }
}
