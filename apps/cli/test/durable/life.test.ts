import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DurableApp } from './durable-app.ts'

const slow = (version: string) => `
const { existsSync, writeFileSync } = require('node:fs')
df.app.activity('Slow', { handler: async ({ mark, until }) => {
  writeFileSync(mark + '-' + process.pid, '')
  while (!existsSync(until)) await new Promise((resolve) => setTimeout(resolve, 5))
  return process.pid
} })
df.app.activity('Version', { handler: () => '${version}' })
df.app.orchestration('Waiting', function* (context) { return yield context.df.callActivity('Slow', context.df.getInput()) })
df.app.orchestration('Upgraded', function* (context) {
  const before = yield context.df.callActivity('Version')
  yield context.df.waitForExternalEvent('go')
  return [before, yield context.df.callActivity('Version')]
})`

test('an activity whose worker is killed runs again in the next one', async (t) => {
  const app = await DurableApp.start(t, slow('1'))
  const { readdirSync, writeFileSync } = await import('node:fs')
  const mark = `${app.directory}/mark`
  const until = `${app.directory}/until`
  const id = await app.begin('Waiting', { mark, until })
  const marks = () => readdirSync(app.directory).filter((name) => name.startsWith('mark-'))
  const [first] = await app.until(async () => marks().length > 0 && marks())
  const processId = Number(first!.slice('mark-'.length))
  process.kill(processId, 'SIGKILL')
  await app.until(async () => marks().length > 1)
  writeFileSync(until, '')
  const { output, runtimeStatus } = await app.ended(id)
  assert.equal(runtimeStatus, 'Completed')
  assert.notEqual(output, processId)
})

test('an orchestration goes on in the code that was loaded meanwhile', async (t) => {
  const app = await DurableApp.start(t, slow('1'))
  const id = await app.begin('Upgraded')
  await app.until(() => hasFinishedTask(app, id))
  await app.change(slow('2'))
  await app.post(`instances/${id}/raiseEvent/go`)
  assert.deepEqual((await app.ended(id)).output, ['1', '2'])
})

test('an orchestration goes on after the host was stopped and started', async (t) => {
  const app = await DurableApp.start(t, slow('1'))
  const id = await app.begin('Upgraded')
  await app.until(() => hasFinishedTask(app, id))
  await app.close()
  await app.open()
  await app.post(`instances/${id}/raiseEvent/go`)
  assert.deepEqual((await app.ended(id)).output, ['1', '1'])
})

test('a timer wakes an app whose worker was stopped for want of work', async (t) => {
  const app = await DurableApp.start(
    t,
    `
const { writeFileSync } = require('node:fs')
df.app.activity('Mark', { handler: (file) => writeFileSync(file, '') })
df.app.orchestration('Waking', function* (context) {
  yield context.df.createTimer(new Date(context.df.currentUtcDateTime.getTime() + 1000))
  yield context.df.callActivity('Mark', context.df.getInput())
})`,
    { idleStopMs: 50 },
  )
  const file = `${app.directory}/woken`
  await app.begin('Waking', file)
  await app.until(async () => app.running.workerProcessIds.length === 0)
  const { existsSync } = await import('node:fs')
  assert.equal(existsSync(file), false)
  await app.until(async () => existsSync(file))
})

async function hasFinishedTask(app: DurableApp, id: string): Promise<boolean> {
  const { historyEvents = [] } = await app.status(id)
  return historyEvents.some(({ EventType }) => EventType === 'TaskCompleted')
}
