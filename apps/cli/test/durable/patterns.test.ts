import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { DurableApp, type Status } from './durable-app.ts'

const code = `
const retry = new df.RetryOptions(1, 3)
df.app.activity('SayHello', { handler: (city) => 'Hello ' + city + '!' })
df.app.activity('Echo', { handler: (input) => input })
df.app.activity('Nothing', { handler: () => undefined })
df.app.activity('Fail', { handler: () => { throw new RangeError('out of reach') } })
const attempts = new Map()
df.app.activity('Flaky', { handler: ({ id, failures }) => {
  const made = (attempts.get(id) ?? 0) + 1
  attempts.set(id, made)
  if (made <= failures) throw new Error('attempt ' + made)
  return made
} })
df.app.orchestration('Hello', function* (context) {
  const output = []
  for (const city of ['Tokyo', 'Seattle', 'London']) output.push(yield context.df.callActivity('SayHello', city))
  return output
})
df.app.orchestration('EchoAll', function* (context) {
  const output = []
  for (const value of context.df.getInput()) output.push(yield context.df.callActivity('Echo', value))
  return { output, nothing: yield context.df.callActivity('Nothing') }
})
df.app.orchestration('FanOut', function* (context) {
  const tasks = []
  for (let i = 0; i < context.df.getInput(); i++) tasks.push(context.df.callActivity('Echo', i))
  const all = yield context.df.Task.all(tasks)
  return all.reduce((sum, each) => sum + each, 0)
})
df.app.orchestration('Failing', function* (context) { yield context.df.callActivity('Fail') })
df.app.orchestration('Throwing', function* () { throw new Error('not today') })
df.app.orchestration('Catching', function* (context) {
  try { yield context.df.callActivity('Fail') } catch (error) {
    return { message: error.message, type: error.failureDetails.errorType, name: error.taskName }
  }
})
df.app.orchestration('Unknown', function* (context) {
  try { yield context.df.callActivity('Missing') } catch (error) { return error.message }
})
df.app.orchestration('Retrying', function* (context) {
  return yield context.df.callActivityWithRetry('Flaky', retry, { id: context.df.instanceId, failures: 2 })
})
df.app.orchestration('RetryingInVain', function* (context) {
  try {
    yield context.df.callActivityWithRetry('Flaky', retry, { id: context.df.instanceId, failures: 9 })
  } catch (error) { return error.message }
})
df.app.orchestration('Parent', function* (context) {
  const one = yield context.df.callSubOrchestrator('Child', { n: 20 }, context.df.instanceId + '-child')
  const two = yield context.df.callSubOrchestrator('Child', { n: 1 })
  return one + two
})
df.app.orchestration('Child', function* (context) { return (yield context.df.callActivity('Echo', context.df.getInput().n)) + 1 })
df.app.orchestration('FailingChild', function* (context) {
  try { yield context.df.callSubOrchestrator('Throwing') } catch (error) { return error.message }
})
df.app.orchestration('Timer', function* (context) {
  const before = context.df.currentUtcDateTime.getTime()
  yield context.df.createTimer(new Date(before + 30))
  return context.df.currentUtcDateTime.getTime() - before
})
df.app.orchestration('Approval', function* (context) {
  const timeout = context.df.createTimer(new Date(context.df.currentUtcDateTime.getTime() + context.df.getInput()))
  const approval = context.df.waitForExternalEvent('Approval')
  const winner = yield context.df.Task.any([approval, timeout])
  if (winner === timeout) return 'escalated'
  timeout.cancel()
  return approval.result
})
df.app.orchestration('EarlyApproval', function* (context) {
  yield context.df.waitForExternalEvent('go')
  const timeout = context.df.createTimer(new Date(context.df.currentUtcDateTime.getTime() + 3600000))
  yield context.df.Task.any([context.df.waitForExternalEvent('Approval'), timeout])
  timeout.cancel()
  return yield context.df.callActivity('Echo', 'approved')
})
df.app.orchestration('TwoEvents', function* (context) {
  const one = yield context.df.waitForExternalEvent('one')
  const two = yield context.df.waitForExternalEvent('two')
  return [one, two]
})
df.app.orchestration('Taking', function* (context) {
  const { left, taken } = context.df.getInput()
  if (left === 0) return [...taken, yield context.df.waitForExternalEvent('end')]
  const next = yield context.df.waitForExternalEvent('next')
  yield context.df.callActivity('SayHello', 'x')
  context.df.continueAsNew({ left: left - 1, taken: [...taken, next] })
})
df.app.orchestration('Eternal', function* (context) {
  const { count } = context.df.getInput()
  if (count >= 5) return count
  yield context.df.callActivity('Echo', count)
  context.df.continueAsNew({ count: count + 1 })
})
df.app.orchestration('Statuses', function* (context) {
  context.df.setCustomStatus({ step: 1 })
  yield context.df.waitForExternalEvent('go')
  context.df.setCustomStatus({ step: 2 })
  return 'done'
})
df.app.orchestration('LargeStatus', function* (context) {
  context.df.setCustomStatus('x'.repeat(10000))
  yield context.df.waitForExternalEvent('never')
})
df.app.orchestration('Polling', function* (context) {
  const work = context.df.callActivity('Echo', 'work')
  const first = yield context.df.Task.any([work, context.df.waitForExternalEvent('never')])
  const second = yield context.df.Task.any([work, context.df.callActivity('Echo', 'other')])
  return [first.result, second.result]
})`

for (const keepOrchestratorsWarm of [true, false])
  test(`patterns of durable-functions 3, orchestrators ${keepOrchestratorsWarm ? 'kept' : 'replayed'}`, async (t) => {
    await checkPatterns(t, await DurableApp.start(t, code, { durableTask: { keepOrchestratorsWarm } }))
  })

async function checkPatterns(t: TestContext, app: DurableApp): Promise<void> {
  const output = async (name: string, input?: unknown) => {
    const status = await app.run(name, input)
    assert.equal(status.runtimeStatus, 'Completed', JSON.stringify(status))
    return status.output
  }

  await t.test('activities run one after the other', async () => {
    assert.deepEqual(await output('Hello'), ['Hello Tokyo!', 'Hello Seattle!', 'Hello London!'])
  })
  await t.test('the lines of the extension tell what its functions do', async () => {
    const id = await app.begin('Hello')
    await app.ended(id)
    const lines = app.records.filter(
      ({ category, fields }) => category === 'Host.Triggers.DurableTask' && fields.prop__instanceId === id,
    )
    assert.deepEqual(
      lines.map(({ fields }) => `${fields.prop__functionType} ${fields.prop__state}`),
      [
        'Orchestrator Scheduled',
        'Orchestrator Started',
        ...Array(3)
          .fill(['Activity Scheduled', 'Orchestrator Awaited', 'Activity Started', 'Activity Completed'])
          .flat(),
        'Orchestrator Completed',
      ],
    )
  })
  await t.test('values of all kinds reach activities and come back', async () => {
    const values = ['text', '', '5', 5, 1.5, true, null, { a: [1] }, [1, 'two'], '"quoted"']
    const status = (await output('EchoAll', values)) as { output: unknown[]; nothing: unknown }
    assert.deepEqual(status.output, ['text', '', '5', 5, 1.5, true, null, { a: [1] }, [1, 'two'], '"quoted"'])
    assert.equal(status.nothing, null)
  })
  await t.test('many activities run side by side', async () => {
    assert.equal(await output('FanOut', 100), 4950)
  })
  await t.test('what an activity throws fails the orchestration that does not catch it', async () => {
    const status = await app.run('Failing')
    assert.equal(status.runtimeStatus, 'Failed')
    assert.match(String(status.output), /^Orchestrator function 'Failing' failed: .*out of reach/)
  })
  await t.test('what an orchestrator throws is its output', async () => {
    const status = await app.run('Throwing')
    assert.equal(status.runtimeStatus, 'Failed')
    assert.equal(status.output, "Orchestrator function 'Throwing' failed: not today")
  })
  await t.test('an orchestrator catches what an activity throws', async () => {
    const caught = { message: 'RangeError: out of reach', type: 'RangeError', name: 'Fail' }
    assert.deepEqual(await output('Catching'), caught)
  })
  await t.test('an activity that does not exist fails', async () => {
    assert.match(String(await output('Unknown')), /The function 'Missing' doesn't exist, is disabled/)
  })
  await t.test('an activity is tried again until it succeeds', async () => {
    assert.equal(await output('Retrying'), 3)
  })
  await t.test('after the last attempt the failure reaches the orchestrator', async () => {
    assert.match(String(await output('RetryingInVain')), /attempt 3/)
  })
  await t.test('sub-orchestrations run with a given id or a made one', async () => {
    const id = await app.begin('Parent')
    assert.equal((await app.ended(id)).output, 23)
    assert.equal((await app.status(`${id}-child`)).output, 21)
  })
  await t.test('a sub-orchestration that fails fails its task', async () => {
    assert.match(String(await output('FailingChild')), /not today/)
  })
  await t.test('a timer fires when its time has come', async () => {
    const waited = (await output('Timer')) as number
    assert.ok(waited >= 30 && waited < 2000, String(waited))
  })
  await t.test('an event beats its timeout, which holds nothing up', async () => {
    const id = await app.begin('Approval', 3_600_000)
    assert.equal((await app.post(`instances/${id}/raiseEvent/Approval`, { by: 'me' })).status, 202)
    assert.deepEqual((await app.ended(id)).output, { by: 'me' })
  })
  await t.test('a timer that is cancelled as soon as it is made holds nothing up', async () => {
    const id = await app.begin('EarlyApproval')
    await app.post(`instances/${id}/raiseEvent/Approval`, true)
    await app.post(`instances/${id}/raiseEvent/go`, true)
    assert.equal((await app.ended(id)).output, 'approved')
  })
  await t.test('a timeout beats an event that does not come', async () => {
    assert.equal(await output('Approval', 20), 'escalated')
  })
  await t.test('events that come early and in another order wait', async () => {
    const id = await app.begin('TwoEvents')
    await app.post(`instances/${id}/raiseEvent/two`, 2)
    await app.post(`instances/${id}/raiseEvent/one`, 1)
    assert.deepEqual((await app.ended(id)).output, [1, 2])
  })
  await t.test('an orchestration continues as new', async () => {
    const id = await app.begin('Eternal', { count: 0 })
    const status = await app.ended(id)
    assert.equal(status.output, 5)
    assert.deepEqual(status.input, { count: 5 })
  })
  await t.test('events are there for the generation that waits for them', async () => {
    const id = await app.begin('Taking', { left: 3, taken: [] })
    for (const value of [1, 2, 3]) await app.post(`instances/${id}/raiseEvent/next`, value)
    await app.post(`instances/${id}/raiseEvent/end`, 'last')
    assert.deepEqual((await app.ended(id)).output, [1, 2, 3, 'last'])
  })
  await t.test('a custom status is seen while the orchestration runs', async () => {
    const id = await app.begin('Statuses')
    const seen = await app.until(async () => {
      const status = await app.status(id)
      return status.customStatus !== null && status
    })
    assert.deepEqual((seen as Status).customStatus, { step: 1 })
    await app.post(`instances/${id}/raiseEvent/go`)
    assert.deepEqual((await app.ended(id)).customStatus, { step: 2 })
  })
  await t.test('a custom status over 16 KB fails the orchestration', async () => {
    const status = await app.run('LargeStatus')
    assert.equal(status.runtimeStatus, 'Failed')
    assert.match(String(status.output), /must not exceed 16 KB\. The current payload size is 20 KB/)
  })
  await t.test('a task in two compounds runs once', async () => {
    const [first] = (await output('Polling')) as string[]
    assert.equal(first, 'work')
  })
}
