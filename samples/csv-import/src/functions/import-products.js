/** Runs when a file arrives in the container `imports`. */
import { TableClient, TableTransaction } from '@azure/data-tables'
import { app, output } from '@azure/functions'
import { readProducts, renderRejected } from '../products.js'

/** A transaction changes at most so many rows, all of one partition. */
const rowsPerTransaction = 100

const poison = output.storageBlob({ path: 'poison/{name}.csv', connection: 'AzureWebJobsStorage' })

app.storageBlob('importProducts', {
  path: 'imports/{name}.csv',
  connection: 'AzureWebJobsStorage',
  extraOutputs: [poison],
  handler: async (file, context) => {
    const { products, rejected } = readProducts(file.toString('utf8'))
    await store(products)
    if (rejected.length > 0) context.extraOutputs.set(poison, renderRejected(rejected))
    const { name } = context.triggerMetadata
    context.log(`${name}.csv: ${products.length} products stored, ${rejected.length} lines set aside`)
  },
})

/** Replaces the rows of these products, so that a file that is delivered twice does no harm. */
async function store(products) {
  const table = TableClient.fromConnectionString(process.env.AzureWebJobsStorage, 'products', {
    allowInsecureConnection: true,
  })
  await table.createTable()
  for (const [category, members] of Map.groupBy(products, (product) => product.category)) {
    // One row a transaction at most: the last line of a product counts.
    const rows = [...new Map(members.map((product) => [product.sku, product])).values()]
    for (let start = 0; start < rows.length; start += rowsPerTransaction) {
      const changes = new TableTransaction()
      for (const { sku, name, price, stock } of rows.slice(start, start + rowsPerTransaction))
        changes.upsertEntity({ partitionKey: category, rowKey: sku, name, price, stock }, 'Replace')
      await table.submitTransaction(changes.actions)
    }
  }
}
