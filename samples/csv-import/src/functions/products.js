/** The way in and out over HTTP: `PUT /api/imports/{name}` puts a file, `GET /api/products/{category}` reads rows. */
import { app, input, output } from '@azure/functions'

const file = output.storageBlob({ path: 'imports/{name}.csv', connection: 'AzureWebJobsStorage' })
const products = input.table({
  tableName: 'products',
  partitionKey: '{category}',
  connection: 'AzureWebJobsStorage',
})

app.put('putFile', {
  route: 'imports/{name}',
  authLevel: 'anonymous',
  extraOutputs: [file],
  handler: async (request, context) => {
    context.extraOutputs.set(file, await request.text())
    return { status: 202 }
  },
})

app.get('listProducts', {
  route: 'products/{category}',
  authLevel: 'anonymous',
  extraInputs: [products],
  handler: async (_request, context) => {
    const rows = context.extraInputs.get(products) ?? []
    const jsonBody = rows.map(({ RowKey: sku, name, price, stock }) => ({ sku, name, price, stock }))
    return { jsonBody }
  },
})
