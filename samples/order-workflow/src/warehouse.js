/** The stock, in a table: one row an item, and one row a reservation beside it, changed in one transaction. */
import { RestError, TableClient, TableTransaction } from '@azure/data-tables'

const shelf = {
  lamp: { stock: 5, price: 49 },
  chair: { stock: 12, price: 120 },
  piano: { stock: 1, price: 8900 },
}
const client = TableClient.fromConnectionString(process.env.AzureWebJobsStorage, 'warehouse', {
  allowInsecureConnection: true,
})
let filled

/** The table, with the shelf as it is on the first day. */
async function warehouse() {
  filled ??= fill()
  await filled
  return client
}

async function fill() {
  await client.createTable()
  for (const [item, { stock, price }] of Object.entries(shelf))
    await client.createEntity({ partitionKey: item, rowKey: 'stock', stock, price }).catch(unless(409))
}

/** Takes the order's quantity off the shelf; answers what it costs. */
export async function reserve({ id, item, quantity }) {
  const table = await warehouse()
  for (;;) {
    const row = await table.getEntity(item, 'stock').catch(unless(404))
    if (!row) throw new Error(`Refused: there is no ${item}`)
    const amount = row.price * quantity
    if (await isReserved(table, item, id)) return { amount }
    if (row.stock < quantity) throw new Error(`Refused: only ${row.stock} of ${item} left`)
    const changes = new TableTransaction()
    changes.createEntity({ partitionKey: item, rowKey: `order-${id}`, quantity })
    changes.updateEntity({ partitionKey: item, rowKey: 'stock', stock: row.stock - quantity }, 'Merge', {
      etag: row.etag,
    })
    if (await commit(table, changes)) return { amount }
  }
}

/** Puts a reservation back on the shelf. */
export async function release({ id, item }) {
  const table = await warehouse()
  for (;;) {
    const reservation = await table.getEntity(item, `order-${id}`).catch(unless(404))
    if (!reservation) return
    const row = await table.getEntity(item, 'stock')
    const changes = new TableTransaction()
    changes.deleteEntity(item, `order-${id}`)
    changes.updateEntity(
      { partitionKey: item, rowKey: 'stock', stock: row.stock + reservation.quantity },
      'Merge',
      { etag: row.etag },
    )
    if (await commit(table, changes)) return
  }
}

/** How many are on the shelf. */
export async function stockOf(item) {
  const row = await (await warehouse()).getEntity(item, 'stock')
  return row.stock
}

async function isReserved(table, item, id) {
  return (await table.getEntity(item, `order-${id}`).catch(unless(404))) !== undefined
}

/** False when another order came first: then look again. */
async function commit(table, changes) {
  try {
    await table.submitTransaction(changes.actions)
    return true
  } catch (error) {
    if (['UpdateConditionNotSatisfied', 'EntityAlreadyExists', 'ResourceNotFound'].includes(error.code))
      return false
    throw error
  }
}

/** Turns a refusal with this status into undefined. */
function unless(status) {
  return (error) => {
    if (error instanceof RestError && error.statusCode === status) return undefined
    throw error
  }
}
