/** Functions that speak gRPC's messages (`durableRequiresGrpc`), with the SDK that newer packages are made of. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { DurableApp } from './durable-app.ts'

const modules = fileURLToPath(new URL('../../../../node_modules/', import.meta.url))

/** What a package between the SDK and the Functions library does. */
const code = `
const { TaskHubGrpcWorker, TaskHubGrpcClient, TaskEntity, EntityInstanceId } =
  require(${JSON.stringify(`${modules}@microsoft/durabletask-js`)})
const { Metadata } = require(${JSON.stringify(`${modules}@grpc/grpc-js`)})
const worker = new TaskHubGrpcWorker({})
const base64 = (run) => async (text) =>
  Buffer.from(await run.call(worker, Buffer.from(text, 'base64'))).toString('base64')
const trigger = (type) => ({ type, name: 'input', durableRequiresGrpc: true })
function orchestrator(name, code) {
  worker.addNamedOrchestrator(name, code)
  app.generic(name, { trigger: trigger('orchestrationTrigger'), handler: base64(worker.processOrchestratorRequest) })
}
orchestrator('greet', async function* (context, names) {
  const greetings = []
  for (const name of names) greetings.push(yield context.callActivity('hello', name))
  return greetings
})
orchestrator('failing', async function* (context) {
  return yield context.callActivity('explode')
})
orchestrator('count', async function* (context, key) {
  const id = new EntityInstanceId('counter', key)
  yield context.entities.callEntity(id, 'add', 2)
  return yield context.entities.callEntity(id, 'add', 3)
})
app.generic('hello', { trigger: trigger('activityTrigger'), handler: (name) => 'Hello ' + name })
app.generic('explode', { trigger: trigger('activityTrigger'), handler: () => { throw new RangeError('too far') } })
app.generic('silent', { trigger: trigger('orchestrationTrigger'), handler: () => undefined })
class Counter extends TaskEntity {
  initializeState() { return 0 }
  add(amount) { this.state += amount; return this.state }
}
worker.addNamedEntity('counter', () => new Counter())
app.generic('counter', { trigger: trigger('entityTrigger'), handler: base64(worker.processEntityBatchRequest) })
const clientInput = { type: 'durableClient', name: 'client', durableRequiresGrpc: true }
app.http('start', {
  route: 'start/{name}',
  extraInputs: [clientInput],
  async handler(request, context) {
    const { rpcBaseUrl, taskHubName, httpBaseUrl } = context.extraInputs.get(clientInput)
    const client = new TaskHubGrpcClient({
      hostAddress: new URL(rpcBaseUrl).host,
      async metadataGenerator() {
        const metadata = new Metadata()
        metadata.set('taskhub', taskHubName)
        return metadata
      },
    })
    let id
    try {
      id = await client.scheduleNewOrchestration(request.params.name, await request.json())
    } catch (error) {
      return { jsonBody: { refused: error.message } }
    }
    const state = await client.waitForOrchestrationCompletion(id, true, 20)
    return { jsonBody: { id, output: state.serializedOutput, failure: state.failureDetails?.message, httpBaseUrl } }
  },
})
`

interface Answer {
  readonly id: string
  readonly output?: string
  readonly failure?: string
  readonly refused?: string
  readonly httpBaseUrl: string
}

test('functions that ask for gRPC get its messages, and their client gets a server', async (t) => {
  const app = await DurableApp.start(t, code)
  const start = async (name: string, input: unknown) => {
    const answer = await app.fetch(`/api/start/${name}`, { method: 'POST', body: JSON.stringify(input) })
    return (await answer.json()) as Answer
  }
  const greeted = await start('greet', ['Ada', 'Bob'])
  assert.equal(greeted.output, '["Hello Ada","Hello Bob"]')
  assert.match(greeted.httpBaseUrl, /\/runtime\/webhooks\/durabletask$/)
  assert.match((await start('failing', null)).failure ?? '', /too far/)
  assert.equal((await start('count', 'k')).output, '5')
  assert.match((await start('BuiltIn__HttpPollOrchestrator', {})).refused ?? '', /Only orchestrators/)
  // The management API shows them like all others.
  assert.deepEqual((await app.status(greeted.id)).output, ['Hello Ada', 'Hello Bob'])
  assert.deepEqual((await app.run('greet', ['Eve'])).output, ['Hello Eve'])
  const silent = await app.run('silent')
  assert.equal(silent.runtimeStatus, 'Failed')
  assert.match(String(silent.output), /no response of the Durable Task protocol/)
})
