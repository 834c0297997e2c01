/** `GET /s/{code}`: finds the link in the table, tells the queue of the click, and sends the visitor on. */
import { app, input, output } from '@azure/functions'

const link = input.table({
  tableName: 'links',
  partitionKey: '{code}',
  rowKey: 'link',
  connection: 'AzureWebJobsStorage',
})
const clicks = output.storageQueue({ queueName: 'clicks', connection: 'AzureWebJobsStorage' })

app.get('redirect', {
  route: 's/{code}',
  authLevel: 'anonymous',
  extraInputs: [link],
  extraOutputs: [clicks],
  handler: async (request, context) => {
    const found = context.extraInputs.get(link)
    if (!found?.url) return { status: 404, body: 'There is no such link.' }
    context.extraOutputs.set(clicks, {
      id: context.invocationId,
      code: request.params.code,
      at: new Date().toISOString(),
      referrer: request.headers.get('referer') ?? '',
    })
    // The next click must come here, too.
    return { status: 302, headers: { location: found.url, 'cache-control': 'no-store' } }
  },
})
