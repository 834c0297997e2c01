import assert from 'node:assert/strict'
import { test } from 'node:test'
import { VirtualClock } from '@aloft/kernel/testing'
import { DurableApp } from './durable-app.ts'

const minute = 60_000

const code = `
df.app.activity('Fail', { handler: () => { throw new Error('no') } })
df.app.activity('Hang', { handler: () => new Promise(() => {}) })
df.app.orchestration('Approval', function* (context) {
  const timeout = context.df.createTimer(new Date(context.df.currentUtcDateTime.getTime() + ${30 * minute}))
  const approval = context.df.waitForExternalEvent('Approval')
  return (yield context.df.Task.any([approval, timeout])) === timeout ? 'escalated' : 'approved'
})
df.app.orchestration('Patient', function* (context) {
  const options = new df.RetryOptions(${minute}, 5)
  options.backoffCoefficient = 2
  const began = context.df.currentUtcDateTime.getTime()
  try { yield context.df.callActivityWithRetry('Fail', options) } catch { return (context.df.currentUtcDateTime.getTime() - began) / ${minute} }
})
df.app.orchestration('Impatient', function* (context) {
  const options = new df.RetryOptions(${minute}, 8)
  options.retryTimeoutInMilliseconds = ${2.5 * minute}
  const began = context.df.currentUtcDateTime.getTime()
  try { yield context.df.callActivityWithRetry('Fail', options) } catch { return (context.df.currentUtcDateTime.getTime() - began) / ${minute} }
})
df.app.orchestration('Hanging', function* (context) {
  try { yield context.df.callActivity('Hang') } catch (error) { return error.message }
})`

test('time passes as fast as a test wants it to', async (t) => {
  const clock = new VirtualClock(Date.UTC(2026, 0, 1))
  const app = await DurableApp.start(t, code, { clock, hostJson: { functionTimeout: '00:05:00' } })
  /** Turns the clock from timer to timer until the instance has ended; what runs meanwhile takes no time. */
  const outputOf = async (id: string) => {
    for (;;) {
      const status = await app.status(id)
      if (status.runtimeStatus === 'Failed') assert.fail(JSON.stringify(status))
      if (status.runtimeStatus === 'Completed') return status.output
      const waitMs = nextTimer(status.historyEvents) - clock.now()
      if (waitMs > 0) await clock.advance(waitMs)
    }
  }

  await t.test('an approval that does not come is escalated after half an hour', async () => {
    assert.equal(await outputOf(await app.begin('Approval')), 'escalated')
  })
  await t.test('the pauses between five attempts take fifteen minutes', async () => {
    assert.equal(await outputOf(await app.begin('Patient')), 15)
  })
  await t.test('a failure after the time for all attempts is the last one', async () => {
    const id = await app.begin('Impatient')
    await outputOf(id)
    const { historyEvents = [] } = await app.status(id)
    const attempts = historyEvents.filter(
      ({ EventType, FunctionName }) => EventType === 'TaskFailed' && FunctionName === 'Fail',
    )
    // At 0, 1, 2 and 3 minutes; the third fails before two and a half have passed.
    assert.equal(attempts.length, 4)
  })
  await t.test('an activity that runs longer than the function timeout fails', async () => {
    const id = await app.begin('Hanging')
    await app.until(async () => {
      const { runtimeStatus } = await app.status(id)
      if (runtimeStatus === 'Running') await clock.advance(minute)
      return app.records.some(({ message }) => message.startsWith('Timeout value of 00:05:00 exceeded'))
    })
    // The next worker starts in real time.
    const output = await app.until(async () => {
      const { runtimeStatus, output } = await app.status(id)
      if (runtimeStatus === 'Running') await clock.advance(50)
      return runtimeStatus === 'Completed' && output
    })
    assert.match(String(output), /Timeout value of 00:05:00 was exceeded by function: Functions\.Hang/)
  })
})

/** When the first open timer is due, ms since 1970; what has fired stands in the history under another name. */
function nextTimer(history: readonly Record<string, unknown>[] = []): number {
  const open = history.filter(({ EventType }) => EventType === 'TimerCreated')
  return open.length === 0 ? 0 : Math.min(...open.map(({ FireAt }) => Date.parse(String(FireAt))))
}
