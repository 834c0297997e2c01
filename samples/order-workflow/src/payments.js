/** A bank that knows one rule: cards that begin with 4000 have no money. */
import { TableClient } from '@azure/data-tables'

const client = TableClient.fromConnectionString(process.env.AzureWebJobsStorage, 'payments', {
  allowInsecureConnection: true,
})
let created

async function payments() {
  created ??= client.createTable()
  await created
  return client
}

export async function charge({ id, card, amount }) {
  if (card.startsWith('4000')) throw new Error('Refused: the card was declined')
  await (await payments()).upsertEntity(
    { partitionKey: 'payment', rowKey: id, amount, isRefunded: false },
    'Replace',
  )
}

export async function refund({ id }) {
  await (await payments()).updateEntity({ partitionKey: 'payment', rowKey: id, isRefunded: true }, 'Merge')
}
