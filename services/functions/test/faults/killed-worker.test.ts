/** Workers that are killed while requests come in, and an app that is loaded anew meanwhile. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { type AppUnderTest, HostUnderTest } from '../contract/app-under-test.ts'

const host = await HostUnderTest.open({ standbyWorkers: 1 })
after(() => host.close())

const files = {
  'package.json': { main: 'app.js' },
  'app.js': `
    const { app } = require('@azure/functions')
    app.get('work', {
      authLevel: 'anonymous',
      handler: async () => {
        await new Promise((resolve) => setTimeout(resolve, 5))
        return { body: String(process.pid) }
      },
    })`,
}

interface Load {
  /** Status and body of every answer, in the order in which they came. */
  readonly answers: { readonly status: number; readonly body: string }[]
  /** Resolves with the answers, when the requests in hand have theirs. */
  stop(): Promise<Load['answers']>
}

const callers = 20

/** So many callers, each with one request after the other. */
function load(app: AppUnderTest): Load {
  const answers: Load['answers'] = []
  let isStopped = false
  const call = async () => {
    while (!isStopped) {
      const response = await app.fetch('work')
      answers.push({ status: response.status, body: await response.text() })
    }
  }
  const running = Promise.all(Array.from({ length: callers }, call))
  return {
    answers,
    async stop() {
      isStopped = true
      await running
      return answers
    },
  }
}

async function untilAnswered({ answers }: Load, more: number): Promise<void> {
  const count = answers.length + more
  while (answers.length < count) await new Promise((resolve) => setImmediate(resolve))
}

test('only the requests that a killed worker had in hand fail, and the service goes on', async () => {
  const app = await host.startApp({ files })
  const running = load(app)
  await untilAnswered(running, 100)
  const [first] = app.running.workerProcessIds
  process.kill(first!, 'SIGKILL')
  while (app.running.workerProcessIds[0] === first) await new Promise((resolve) => setImmediate(resolve))
  await untilAnswered(running, 200)
  const answers = await running.stop()

  const failed = answers.filter(({ status }) => status !== 200)
  assert.ok(failed.length <= callers, `${failed.length} failed`)
  assert.deepEqual(
    new Set(failed.map(({ status }) => status)),
    failed.length > 0 ? new Set([500]) : new Set(),
  )
  const processes = new Set(answers.filter(({ status }) => status === 200).map(({ body }) => body))
  assert.equal(processes.size, 2)
  await app.close()
})

test('of two workers the other one goes on as if nothing had happened', async () => {
  const app = await host.startApp({ files, settings: { FUNCTIONS_WORKER_PROCESS_COUNT: '2' } })
  while (app.running.workerProcessIds.length < 2) await new Promise((resolve) => setImmediate(resolve))
  const running = load(app)
  await untilAnswered(running, 100)
  const [first, second] = app.running.workerProcessIds
  process.kill(first!, 'SIGKILL')
  await untilAnswered(running, 400)
  const answers = await running.stop()
  assert.ok(answers.filter(({ status }) => status !== 200).length <= callers)
  assert.ok(answers.slice(-20).every(({ status }) => status === 200))
  assert.ok(answers.slice(-100).some(({ body }) => body === String(second)))
  await app.close()
})

test('an app that is loaded anew again and again under load drops no request', async () => {
  const app = await host.startApp({ files })
  const running = load(app)
  for (let round = 0; round < 5; round++) {
    await untilAnswered(running, 50)
    await app.running.restart()
  }
  await untilAnswered(running, 50)
  const answers = await running.stop()
  assert.deepEqual(
    answers.filter(({ status }) => status !== 200),
    [],
  )
  assert.equal(new Set(answers.map(({ body }) => body)).size, 6)
  await app.close()
})
