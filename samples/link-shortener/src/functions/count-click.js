/** Takes clicks off the queue, so that counting holds up no visitor. */
import { app } from '@azure/functions'
import { countClick } from '../links-table.js'

app.storageQueue('countClick', {
  queueName: 'clicks',
  connection: 'AzureWebJobsStorage',
  handler: async (click, context) => {
    await countClick(click)
    context.log(`Counted a click on ${click.code}`)
  },
})
