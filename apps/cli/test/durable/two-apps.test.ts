import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DurableApp } from './durable-app.ts'

const codeOf = (name: string) => `
df.app.orchestration('Hello', function* (context) { return yield context.df.callActivity('Say') })
df.app.activity('Say', { handler: () => '${name}' })
app.http('begin', {
  authLevel: 'anonymous', extraInputs: [df.input.durableClient()],
  handler: async (request, context) => {
    const client = df.getClient(context)
    const id = await client.startNew('Hello', { instanceId: 'same' })
    return { jsonBody: { ...client.createHttpManagementPayload(id), hub: client.taskHubName } }
  },
})`

test('two apps without names for their hubs are shown the same one, and each has its own', async (t) => {
  const first = await DurableApp.start(t, codeOf('first'))
  const second = await first.startBeside('second', codeOf('second'))
  const outputs: unknown[] = []
  for (const url of [first.url, second]) {
    const payload = (await (await fetch(`${url}/api/begin`)).json()) as Record<string, string>
    assert.equal(payload.hub, 'TestHubName')
    assert.match(payload.statusQueryGetUri!, /taskHub=TestHubName/)
    const status = `${url}/runtime/webhooks/durabletask/instances/same${new URL(payload.statusQueryGetUri!).search}`
    const ended = await fetch(`${status}&timeout=20`)
    outputs.push(((await ended.json()) as { output: unknown }).output)
  }
  assert.deepEqual(outputs, ['first', 'second'])
})
