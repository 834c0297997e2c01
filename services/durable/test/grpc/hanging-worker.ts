/** A worker process whose activity never ends: it is to be killed. */
import { NoOpLogger, TaskHubGrpcWorker } from '@microsoft/durabletask-js'
import { registerAll } from './programs.ts'

const [, , port = ''] = process.argv
const worker = registerAll(
  new TaskHubGrpcWorker({ hostAddress: `127.0.0.1:${port}`, logger: new NoOpLogger() }),
)
worker.addNamedOrchestrator('hangs', async function* (context): AsyncGenerator<unknown, unknown, never> {
  return yield context.callActivity('hang')
})
worker.addNamedActivity('hang', () => {
  process.stdout.write('begun\n')
  return new Promise(() => {})
})
await worker.start()
