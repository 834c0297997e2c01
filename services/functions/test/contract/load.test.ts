/** Many requests at once on one worker. */
import assert from 'node:assert/strict'
import { Agent, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { after, test } from 'node:test'
import { HostUnderTest } from './app-under-test.ts'

const host = await HostUnderTest.open()
after(() => host.close())
const app = await host.startApp({
  files: {
    'package.json': { main: 'app.js' },
    'app.js': `
      const { app } = require('@azure/functions')
      let most = 0
      let now = 0
      app.http('held', {
        authLevel: 'anonymous',
        methods: ['POST'],
        handler: async (request) => {
          most = Math.max(most, ++now)
          const body = await request.text()
          await new Promise((resolve) => setTimeout(resolve, 300))
          now--
          return { body: 'Hello, ' + body + '!', headers: { 'x-most': String(most) } }
        },
      })`,
  },
})

test('1,024 requests that are held for 300 ms each are all answered, each with its own answer', async () => {
  const agent = new Agent({ maxSockets: 1024 })
  const startedAt = performance.now()
  const answers = await Promise.all(Array.from({ length: 1024 }, (_, index) => ask(agent, `number ${index}`)))
  agent.destroy()
  assert.deepEqual(
    answers.map(({ body }) => body),
    answers.map((_, index) => `Hello, number ${index}!`),
  )
  assert.ok(Math.max(...answers.map(({ most }) => most)) > 200, 'they ran at the same time')
  assert.ok(performance.now() - startedAt < 40_000)
})

function ask(agent: Agent, body: string): Promise<{ body: string; most: number }> {
  return new Promise((resolve, reject) => {
    const outgoing = request(`${app.url}/api/held`, { method: 'POST', agent }, async (response) => {
      resolve({ body: await text(response), most: Number(response.headers['x-most']) })
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}
