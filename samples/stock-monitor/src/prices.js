/** The stock exchange: a table of prices. */
import { TableClient } from '@azure/data-tables'

const client = TableClient.fromConnectionString(process.env.AzureWebJobsStorage, 'prices', {
  allowInsecureConnection: true,
})
let created

async function prices() {
  created ??= client.createTable()
  await created
  return client
}

export async function writePrice(symbol, price) {
  const entity = { partitionKey: 'price', rowKey: symbol, price: { type: 'Double', value: String(price) } }
  await (await prices()).upsertEntity(entity, 'Replace')
}

export async function readPrice(symbol) {
  const { price } = await (await prices()).getEntity('price', symbol)
  return price
}
