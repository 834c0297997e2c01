/** `POST /api/backups` copies the container `media`, which may take hours; the answer says where to ask how far it is. */
import { app } from '@azure/functions'
import * as df from 'durable-functions'
import { copyFile, listFiles } from '../containers.js'

/** So many files are copied at a time; between two batches the status is told. */
const batchSize = 50

app.post('startBackup', {
  route: 'backups',
  authLevel: 'anonymous',
  extraInputs: [df.input.durableClient()],
  handler: async (request, context) => {
    const client = df.getClient(context)
    const id = await client.startNew('backUpMedia')
    return client.createCheckStatusResponse(request, id)
  },
})

df.app.orchestration('backUpMedia', function* (context) {
  const files = yield context.df.callActivity('listMedia')
  const folder = context.df.currentUtcDateTime.toISOString().slice(0, 10)
  let bytes = 0
  for (let done = 0; done < files.length; done += batchSize) {
    context.df.setCustomStatus({ done, of: files.length })
    const copies = files
      .slice(done, done + batchSize)
      .map((name) => context.df.callActivity('copyMedia', { name, to: `${folder}/${name}` }))
    for (const size of yield context.df.Task.all(copies)) bytes += size
  }
  context.df.setCustomStatus({ done: files.length, of: files.length })
  return { folder, files: files.length, bytes }
})

df.app.activity('listMedia', { handler: () => listFiles() })
df.app.activity('copyMedia', { handler: ({ name, to }) => copyFile(name, to) })
