/** `aloft durable serve`, with the Durable Task SDK as a user connects it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NoOpLogger, TaskHubGrpcClient, TaskHubGrpcWorker } from '@microsoft/durabletask-js'
import { temporaryDirectory } from '../temporary-directory.ts'
import { serveDurable } from './served-hubs.ts'

test('an orchestration outlives the server: what one run began, the next one ends', async (t) => {
  const directory = await temporaryDirectory(t)
  const logger = new NoOpLogger()
  const first = await serveDurable(directory)
  assert.match(first.output, /^Endpoint=http:\/\/localhost:\d+;TaskHub=default;Authentication=None\n/)
  const early = new TaskHubGrpcClient({ hostAddress: first.address, logger })
  const id = await early.scheduleNewOrchestration('greet', 'Ada')
  const closed = early.stop()
  assert.equal(await first.end(), 0)
  const second = await serveDurable(directory)
  const worker = new TaskHubGrpcWorker({ hostAddress: second.address, logger })
  worker.addNamedOrchestrator('greet', async (_context, name: string) => `Hello ${name}!`)
  await worker.start()
  const client = new TaskHubGrpcClient({ hostAddress: second.address, logger })
  const state = await client.waitForOrchestrationCompletion(id, true, 20)
  assert.equal(state?.serializedOutput, '"Hello Ada!"')
  await Promise.all([closed, worker.stop(), client.stop()])
  assert.equal(await second.end(), 0)
})

test('a port in use is named', async (t) => {
  const directory = await temporaryDirectory(t)
  const served = await serveDurable(directory)
  t.after(served.end)
  const port = served.address.split(':')[1] ?? ''
  const other = await serveDurable(await temporaryDirectory(t), port)
  assert.equal(await other.end(), 1)
  assert.match(other.errors, new RegExp(`Port ${port} cannot be used for gRPC`))
})

test('--port is the port of the server, too', async (t) => {
  const served = await serveDurable(await temporaryDirectory(t), '0', '--port')
  t.after(served.end)
  assert.doesNotMatch(served.address, /:8080$/)
})
