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
app.generic('BuiltIn__HttpPollOrchestrator', {
  trigger: trigger('orchestrationTrigger'),
  handler: () => { throw new Error('never called') },
})
app.generic('silent', { trigger: trigger('orchestrationTrigger'), handler: () => undefined })
class Counter extends TaskEntity {
  initializeState() { return 0 }
  add(amount) { this.state += amount; return this.state }
}
worker.addNamedEntity('counter', () => new Counter())
app.generic('counter', { trigger: trigger('entityTrigger'), handler: base64(worker.processEntityBatchRequest) })
function clientFor(rpcBaseUrl, taskHubName) {
  return new TaskHubGrpcClient({
    hostAddress: new URL(rpcBaseUrl).host,
    async metadataGenerator() {
      const metadata = new Metadata()
      metadata.set('taskhub', taskHubName)
      return metadata
    },
  })
}
const clientInput = { type: 'durableClient', name: 'client', durableRequiresGrpc: true }
app.http('start', {
  route: 'start/{name}',
  extraInputs: [clientInput],
  async handler(request, context) {
    const { rpcBaseUrl, taskHubName, httpBaseUrl } = context.extraInputs.get(clientInput)
    const client = clientFor(rpcBaseUrl, taskHubName)
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

/** What the client of an app says of instances for which a call makes no sense. */
const controlCode = `
app.http('control', {
  route: 'control/{verb}/{id}',
  extraInputs: [clientInput],
  async handler(request, context) {
    const { rpcBaseUrl, taskHubName } = context.extraInputs.get(clientInput)
    const client = clientFor(rpcBaseUrl, taskHubName)
    try {
      await client[request.params.verb](request.params.id, 'word')
      return { jsonBody: { code: 0 } }
    } catch ({ code, details }) {
      return { jsonBody: { code, details } }
    }
  },
})
orchestrator('wait', async function* (context) { yield context.waitForExternalEvent('never') })
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
  // The management API shows them like all others.
  assert.deepEqual((await app.status(greeted.id)).output, ['Hello Ada', 'Hello Bob'])
  assert.deepEqual((await app.run('greet', ['Eve'])).output, ['Hello Eve'])
  assert.equal((await app.run('failing')).output, 'TaskFailedError: Activity task #1 failed: too far')
  const poll = await app.run('BuiltIn__HttpPollOrchestrator', { uri: 'http://localhost/' })
  assert.equal(poll.runtimeStatus, 'Failed')
  assert.match(String(poll.output), /cannot be started as a top-level orchestration/)
  const silent = await app.run('silent')
  assert.equal(silent.runtimeStatus, 'Failed')
  assert.match(String(silent.output), /no response of the Durable Task protocol/)
})

test('calls that make no sense for an instance are refused, as by the host of Functions', async (t) => {
  const app = await DurableApp.start(t, code + controlCode)
  const control = async (verb: string, id: string) => {
    const answer = await app.fetch(`/api/control/${verb}/${id}`)
    return ((await answer.json()) as { code: number }).code
  }
  const [notFound, failedPrecondition] = [5, 9]
  assert.equal(await control('raiseOrchestrationEvent', 'nobody'), notFound)
  const ended = await app.run('greet', ['Ada'])
  assert.equal(await control('raiseOrchestrationEvent', ended.instanceId), failedPrecondition)
  assert.equal(await control('terminateOrchestration', ended.instanceId), failedPrecondition)
  const waiting = await app.begin('wait')
  assert.equal(await control('resumeOrchestration', waiting), failedPrecondition)
  assert.equal(await control('suspendOrchestration', waiting), 0)
  assert.equal(await control('suspendOrchestration', waiting), failedPrecondition)
  assert.equal(await control('resumeOrchestration', waiting), 0)
})
